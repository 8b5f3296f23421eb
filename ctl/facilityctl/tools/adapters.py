"""facilityctl adapters: the options of every adapter, as `facilityd --options` prints them."""

from facilityctl import config


def run(_words, _options):
    return config.run("adapters", piped=False)[0]
