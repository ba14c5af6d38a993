"""The outcomes of shadow checks on the pages of models and trainings."""

from typing import Any

from django import template
from django.db.models import BooleanField, ExpressionWrapper, F, Q
from django.template.context import RequestContext

from evaluation.registry.base_models import models_named
from evaluation.registry.models import ModelVersion
from evaluation.shadow.outcomes import models_of_training, readable_summaries
from evaluation.training.models import TrainingRun

register = template.Library()


@register.inclusion_tag("evaluation/shadow/_outcomes.html", takes_context=True)
def shadow_outcomes(
    context: RequestContext,
    *,
    model: ModelVersion | None = None,
    training: TrainingRun | None = None,
    base_model: str = "",
) -> dict[str, Any]:
    """Show what was said about a model, the models of a training, or a base model by its name."""
    request = context["request"]
    if model is not None:
        models = ModelVersion.objects.filter(pk=model.pk)
    elif training is not None:
        models = models_of_training(training)
    else:
        models = models_named(request.project, base_model or "")
    # Of a training its final model, not the checkpoint that was registered last; of models that are
    # one base model with different settings the one that has its name.
    is_final = F("checkpoint__is_final").asc(nulls_first=True)
    base = training.base_model if training else base_model
    has_name = ExpressionWrapper(Q(name=base or ""), output_field=BooleanField())
    order = (is_final, has_name.asc(), "pk")
    to_ask = models.filter(endpoint__isnull=False).order_by(*order).last()
    return {
        "slug": request.project.slug,
        "summaries": readable_summaries(request.project, request.user, models=models),
        "to_ask": to_ask,
    }
