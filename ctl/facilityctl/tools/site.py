"""facilityctl site: what a configuration says of the building, as JSON."""

from facilityctl import config


def run(_words, options):
    return config.run("site", options.config, piped=False)[0]
