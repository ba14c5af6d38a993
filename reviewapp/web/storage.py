"""Static files under names that tell their content, also inside our own ES modules."""

from whitenoise.storage import CompressedManifestStaticFilesStorage


class StaticStorage(CompressedManifestStaticFilesStorage):  # type: ignore[misc]
    """Hash the names in `import` lines of our modules, so that a deploy cannot mix old and new.

    Django's switch rewrites every JavaScript file, and libraries ship some that it cannot read;
    the pattern below narrows it to the folder of our own modules.
    """

    support_js_module_import_aggregation = True
    _js_module_import_aggregation_patterns = (
        "js/*.js",
        CompressedManifestStaticFilesStorage._js_module_import_aggregation_patterns[1],
    )
