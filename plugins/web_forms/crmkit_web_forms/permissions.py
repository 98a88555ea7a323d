"""What not every role may do, and what it is called."""

from crmkit.core import mark
from crmkit.hooks import Permission

BUILDING = "web_forms.build_forms"
READING = "web_forms.read_answers"
PERMISSIONS = (
    Permission(
        name="build_forms", label=mark("Build web forms"), lowest_role="manager"
    ),
    Permission(
        name="read_answers",
        label=mark("Read what was sent through web forms"),
        lowest_role="all",
    ),
)
