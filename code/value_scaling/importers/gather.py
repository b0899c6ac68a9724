"""From the logs of single runs to the runs of a study, one rule after the other."""

from collections import defaultdict
from collections.abc import Iterable, Mapping

from value_scaling.importers.align import align, choose_steps
from value_scaling.importers.clean import clean
from value_scaling.importers.cleaned import CleanedRun
from value_scaling.importers.logged import Logged
from value_scaling.importers.options import Resumed, Rules
from value_scaling.importers.report import Report
from value_scaling.importers.rules.duplicates import without_duplicates
from value_scaling.importers.rules.lengths import without_short
from value_scaling.importers.rules.settings import check_options
from value_scaling.importers.sources.metrics import AVERAGES
from value_scaling.importers.spool import Spool
from value_scaling.records import Curves, Runs, Setting
from value_scaling.records.runs import StreamedCurves
from value_scaling.store.progress import progress


def gather(
    logs: Iterable[Logged],
    rules: Rules,
    *,
    study: str,
    set_name: str,
    resumed: Resumed,
    is_table: bool = False,
) -> tuple[Runs, Report]:
    """Apply the rules to every run of a source.

    Args:
        logs: read one at a time; none is kept in memory.
        resumed: the source's rule for steps that go back, used if `rules` has none.
        is_table: whether rows have no order of their own.

    Returns:
        the remaining runs, which are read from the disk when they are used, and the
        report; if the report has refusals, the runs must not be used.

    Raises:
        ScalingError: an option is wrong, or a file cannot be read.
    """
    check_options(rules)
    report = Report()
    rule = rules.resumed or resumed
    by_setting: dict[Setting, list[CleanedRun]] = defaultdict(list)
    spool = Spool()
    for log in logs:
        run = clean(log, rules, rule, spool, report, is_table=is_table)
        if run is not None:
            by_setting[run.setting].append(run)
    for setting, runs in by_setting.items():
        runs.sort(key=_by_seed)  # a bootstrap draw identifies seeds by position
        kept = without_duplicates(runs, rules.duplicates, report)
        by_setting[setting] = without_short(kept, rules, report)
    steps = choose_steps([*by_setting.values()], rules, spool, report)
    settings, shapes = [], []
    for setting in progress(sorted(by_setting), "seeds of a setting", "setting"):
        curve = align(setting, by_setting[setting], steps, rules, spool, report)
        if curve is not None:
            settings.append(setting)
            shapes.append(curve.returns.shape)

    def aligned(at: int) -> Curves:
        """Align a setting once more; the report has the decisions already."""
        setting = settings[at]
        runs = by_setting[setting]
        curve = align(setting, runs, steps, rules, spool, Report())
        assert curve is not None
        return curve

    _check_metrics(report)
    curves = StreamedCurves(settings, aligned, shapes)
    return Runs(study, set_name, curves), report


def _by_seed(run: CleanedRun) -> tuple[int, str]:
    """Return a key that sorts 2 before 10, and numbers before texts."""
    is_number = run.seed.isdecimal() and len(run.seed) < 20
    return (int(run.seed) if is_number else 10**20), run.seed


def _check_metrics(report: Report) -> None:
    """Refuse two kinds of returns in one study; warn of averages of the past."""
    metrics: Mapping[str, int] = report.origins.get("return", {})
    if len(metrics) > 1:
        report.refuse(
            "the runs",
            found="returns under several names: "
            + ", ".join(f"{name} in {runs} runs" for name, runs in metrics.items()),
            expected="one kind of return",
            fix="name it with --metric",
        )
    for metric in metrics:
        if metric.endswith(AVERAGES):
            report.warnings.append(
                f"{metric} is an average over the last hundred episodes: it reaches a "
                "level up to a hundred episodes after the returns do, so D_J is too "
                "large, most of all for fast runs; --from monitor or evaluations has "
                "the returns themselves"
            )
