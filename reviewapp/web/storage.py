"""Static files under names with a hash of their content, also within our own ES modules."""

from whitenoise.storage import CompressedManifestStaticFilesStorage


class StaticStorage(CompressedManifestStaticFilesStorage):  # type: ignore[misc]
    """Replaces the names in `import` lines too, so that a deploy cannot mix old and new modules.

    Django's option rewrites every JavaScript file, and libraries ship some that it cannot parse;
    the pattern below restricts it to the folder of our own modules.
    """

    support_js_module_import_aggregation = True
    _js_module_import_aggregation_patterns = (
        "js/*.js",
        CompressedManifestStaticFilesStorage._js_module_import_aggregation_patterns[1],
    )
