"""Models learned by scikit-learn, kept and read without it."""
