"""Pages of the datasets app, below /p/<slug>/."""

from django.urls import URLPattern, path

from datasets.assignments import views as assignments
from datasets.bulk import views as bulk
from datasets.comments import views as comments
from datasets.coverage import views as coverage
from datasets.curation.views import editing, example, library, progress, queue, reviews
from datasets.curation.views.conflicts import resolve
from datasets.duplicates import views as duplicates
from datasets.erasure import views as erasure
from datasets.ingest.views import correcting, trials
from datasets.ingest.views import uploads as imports
from datasets.known_names import views as known_names
from datasets.removals import views as removals
from datasets.saved_views import views as saved
from datasets.system_messages import views as system_messages
from datasets.text_blocks import views as blocks
from datasets.versions.mini_batches.views import new_mini_batch
from datasets.versions.views import version_items, versions
from datasets.versions.views.overlap import version_overlap
from datasets.voice import views as voice

app_name = "datasets"
EXAMPLE = "examples/<int:example_id>/"
THREAD = f"{EXAMPLE}threads/<int:thread_id>/"
COMMENT = f"{EXAMPLE}comments/<int:comment_id>/"
SAVED = "examples/views/<int:view_id>/"
BULK = "bulk/<int:action_id>/"
PAIR = "duplicates/<int:first>/<int:second>/"
BLOCKS = "voice/text-blocks/"
VERSION = "versions/<int:number>/"
urlpatterns: list[URLPattern] = [
    # The curation queue and one example.
    path("examples/", queue.queue, name="queue"),
    path("examples/progress/", progress.progress, name="curation_progress"),
    path("examples/progress.csv", progress.progress_csv, name="curation_progress_csv"),
    path("examples/new/", editing.new_example, name="new_example"),
    path("examples/check/", editing.check, name="check_new"),
    path("examples/words/", editing.word_changes, name="word_changes"),
    path(EXAMPLE, example.example, name="example"),
    path(f"{EXAMPLE}changes/", example.changes, name="changes"),
    path(f"{EXAMPLE}check/", editing.check, name="check"),
    path(f"{EXAMPLE}save/", editing.save, name="save"),
    path(f"{EXAMPLE}resolve/", resolve, name="resolve"),
    path(f"{EXAMPLE}rearrange/", editing.rearrange, name="rearrange"),
    path(f"{EXAMPLE}draft/", editing.keep_draft, name="keep_draft"),
    path(f"{EXAMPLE}presence/", editing.presence, name="presence"),
    path(f"{EXAMPLE}leave/", editing.leave, name="leave"),
    path(f"{EXAMPLE}draft/discard/", editing.discard_draft, name="discard_draft"),
    path(f"{EXAMPLE}draft/differences/", editing.draft_differences, name="draft_differences"),
    # Decisions and findings.
    path(f"{EXAMPLE}submit/", reviews.submit, name="submit"),
    path(f"{EXAMPLE}approve/", reviews.approve, name="approve"),
    path(f"{EXAMPLE}request-changes/", reviews.request_changes, name="request_changes"),
    path(f"{EXAMPLE}reopen/", reviews.reopen, name="reopen"),
    path(f"{EXAMPLE}retire/", reviews.retire, name="retire"),
    path(f"{EXAMPLE}assign/", assignments.assign, name="assign"),
    path(f"{EXAMPLE}erase/", erasure.erase_example, name="erase_example"),
    path(f"{EXAMPLE}replace/<int:number>/", reviews.replace_all, name="replace_all"),
    path("findings/<int:finding_id>/replace/", reviews.replace_one, name="replace"),
    path("findings/<int:finding_id>/dismiss/", reviews.dismiss, name="dismiss"),
    path("findings/<int:finding_id>/known/", known_names.add_known_name, name="add_known_name"),
    # Comments.
    path(f"{EXAMPLE}threads/", comments.open_thread, name="open_thread"),
    path(f"{EXAMPLE}threads/read/", comments.mark_read, name="read_threads"),
    path(f"{EXAMPLE}mentionable/", comments.mentionable, name="mentionable"),
    path(f"{THREAD}reply/", comments.reply, name="reply"),
    path(f"{THREAD}resolve/", comments.resolve, name="resolve_thread"),
    path(f"{THREAD}reopen/", comments.reopen, name="reopen_thread"),
    path(f"{COMMENT}edit/", comments.edit_comment, name="edit_comment"),
    path(f"{COMMENT}delete/", comments.delete_comment, name="delete_comment"),
    path(f"{COMMENT}accept/", comments.accept_suggestion, name="accept_suggestion"),
    path(f"{COMMENT}decline/", comments.decline_suggestion, name="decline_suggestion"),
    path("mentions/", comments.mentions, name="mentions"),
    # Saved views of the queue, and its columns.
    path("examples/views/", saved.saved_views, name="saved_views"),
    path("examples/views/save/", saved.save_view, name="save_view"),
    path("examples/views/columns/", saved.choose_columns, name="choose_columns"),
    path(f"{SAVED}rename/", saved.rename_view, name="rename_view"),
    path(f"{SAVED}delete/", saved.delete_view, name="delete_view"),
    path(f"{SAVED}default/", saved.set_default_view, name="set_default_view"),
    # Many examples at once.
    path("bulk/", bulk.bulk_actions, name="bulk_actions"),
    path("bulk/new/", bulk.new_bulk_action, name="new_bulk_action"),
    path(BULK, bulk.bulk_action, name="bulk_action"),
    path(f"{BULK}left-out/", bulk.left_out, name="bulk_left_out"),
    path(f"{BULK}progress/", bulk.progress, name="bulk_progress"),
    path(f"{BULK}parameters/", bulk.choose_params, name="bulk_params"),
    path(f"{BULK}confirm/", bulk.confirm, name="bulk_confirm"),
    path(f"{BULK}cancel/", bulk.cancel, name="bulk_cancel"),
    path(f"{BULK}undo/", bulk.undo, name="bulk_undo"),
    path(f"{BULK}repeat/", bulk.repeat, name="bulk_repeat"),
    # Duplicates.
    path("duplicates/", duplicates.duplicates, name="duplicates"),
    path("duplicates/retire/", duplicates.retire_duplicates, name="retire_duplicates"),
    path(PAIR, duplicates.pair, name="duplicate_pair"),
    path(f"{PAIR}dismiss/", duplicates.dismiss, name="dismiss_duplicate"),
    path(f"{PAIR}restore/", duplicates.restore, name="restore_duplicate"),
    # Dataset versions.
    path("versions/", versions.versions, name="versions"),
    path("versions/new/", versions.new_version, name="new_version"),
    path("versions/prices/", versions.prices, name="prices"),
    path(VERSION, versions.version, name="version"),
    path(f"{VERSION}mini-batch/", new_mini_batch, name="mini_batch"),
    path(f"{VERSION}items/", version_items.version_items, name="version_items"),
    path(f"{VERSION}overlap/", version_overlap, name="version_overlap"),
    path(f"{VERSION}<slug:split>.jsonl", versions.version_file, name="version_file"),
    # Files on their way in.
    path("import/", imports.upload, name="import"),
    path("import/<int:batch_id>/", imports.batch, name="import_batch"),
    path("import/<int:batch_id>/progress/", imports.progress, name="import_progress"),
    path("import/<int:batch_id>/start/", trials.import_looked_at, name="import_start"),
    path("import/<int:batch_id>/map/", trials.map_columns, name="import_map"),
    path("import/<int:batch_id>/discard/", trials.discard, name="import_discard"),
    path("import/<int:batch_id>/cancel/", imports.cancel, name="import_cancel"),
    path("import/<int:batch_id>/take-back/", bulk.take_back, name="take_back"),
    path("import/<int:batch_id>/rejected/", imports.rejects, name="import_rejects"),
    path("import/<int:batch_id>/correct/", correcting.correct, name="import_correct"),
    path("import/<int:batch_id>/erase/", erasure.erase_rejects, name="erase_rejects"),
    # Coverage.
    path("coverage/", coverage.coverage, name="coverage"),
    path("coverage/table.csv", coverage.coverage_csv, name="coverage_csv"),
    path("coverage/next/", coverage.curate_next, name="curate_next"),
    path("coverage/targets/", coverage.targets, name="coverage_targets"),
    path("coverage/targets/set/", coverage.set_target, name="set_target"),
    path("coverage/targets/set-each/", coverage.set_each, name="set_each_target"),
    path("coverage/targets/<int:target_id>/remove/", coverage.remove_target, name="remove_target"),
    path("settings/system-messages/", system_messages.system_messages, name="system_messages"),
    path("settings/names/", known_names.name_search, name="name_search"),
    path("settings/removals/<slug:subject>/", removals.progress, name="removal_progress"),
    # The house voice.
    path("voice/", voice.voice, name="voice"),
    path("voice/new/<slug:kind>/", voice.new_rule, name="new_voice_rule"),
    path("voice/rules/<slug:key>/", voice.edit_rule, name="voice_rule"),
    path("voice/rules/<slug:key>/remove/", voice.remove_rule, name="remove_voice_rule"),
    path("voice/import/", voice.import_rules, name="import_voice"),
    path("voice/export.json", voice.export_rules, name="export_voice"),
    path("voice/inspect/", voice.repeat_inspection, name="inspect_voice"),
    path("voice/progress/", voice.progress, name="voice_progress"),
    # Text blocks.
    path(BLOCKS, blocks.text_blocks, name="text_blocks"),
    path(f"{BLOCKS}new/", blocks.new_text_block, name="new_text_block"),
    path(f"{BLOCKS}import/", blocks.import_text_blocks, name="import_text_blocks"),
    path(f"{BLOCKS}export.json", blocks.export_text_blocks, name="export_text_blocks"),
    path(f"{BLOCKS}<int:block_id>/", blocks.edit_text_block, name="text_block"),
    path(f"{BLOCKS}<int:block_id>/remove/", blocks.remove_text_block, name="remove_text_block"),
    # The policy library.
    path("policies/", library.policies, name="policies"),
    path("policies/new/", library.new_policy, name="new_policy"),
    path("policies/<slug:policy_slug>/", library.policy, name="policy"),
    path("policies/<slug:policy_slug>/edit/", library.edit_policy, name="edit_policy"),
]
