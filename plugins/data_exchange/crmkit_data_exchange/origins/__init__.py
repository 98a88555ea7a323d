"""What exports of other CRMs call their columns; one JSON file for each of them."""
