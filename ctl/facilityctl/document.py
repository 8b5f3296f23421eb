"""Members of documents, which need not be as docs/mqtt.md says."""


def get(value, *keys):
    """A member of a member; None where there is none."""
    for key in keys:
        value = value.get(key) if isinstance(value, dict) else None
    return value


def items(value, *keys):
    """The objects of an array."""
    found = get(value, *keys)
    return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []


def text_of(value, *keys):
    found = get(value, *keys)
    return found if isinstance(found, str) else ""
