"""What not every role may do, and what it is called."""

from crmkit.core import mark
from crmkit.hooks import Permission

FEEDING = "calendar_feed.feed_calendar"
PERMISSIONS = (Permission(name="feed_calendar", label=mark("Have a calendar feed")),)
