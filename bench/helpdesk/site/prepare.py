"""Makes the tables, a queue, a member of staff and their token; says token and queue as one line of JSON."""

from __future__ import annotations

import json


def main() -> None:
    """Once, on a new database."""
    import django  # type: ignore[import-not-found]

    django.setup()
    from django.contrib.auth import get_user_model  # type: ignore[import-not-found]
    from django.core.management import call_command  # type: ignore[import-not-found]
    from helpdesk.models import Queue  # type: ignore[import-not-found]
    from rest_framework.authtoken.models import Token  # type: ignore[import-not-found]

    call_command("migrate", verbosity=0)
    user = get_user_model().objects.create_user("bench", "bench@example.com", is_staff=True, is_superuser=True)
    queue = Queue.objects.create(title="Complaints", slug="complaints")
    token = Token.objects.create(user=user)
    print(json.dumps({"token": token.key, "queue": queue.pk}))


if __name__ == "__main__":
    main()
