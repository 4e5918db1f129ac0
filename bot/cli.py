"""The commands. Each one imports what it needs when it runs, so that `clearance --help` stays quick."""

import sys
from pathlib import Path
from typing import Annotated, Literal

import typer

app = typer.Typer(
    help="Clearance: ask marketing operations in plain words; nothing changes until it is cleared.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
audit_app = typer.Typer(help="The audit trail: verify its hash chain, export it.", no_args_is_help=True)
policy_app = typer.Typer(help="The policy in force: show its clauses, check a file.", no_args_is_help=True)
models_app = typer.Typer(help="The optional sentence model of the runbook index.", no_args_is_help=True)
bench_app = typer.Typer(help="Measurements, side by side with the bare thing.", no_args_is_help=True)
app.add_typer(audit_app, name="audit")
app.add_typer(policy_app, name="policy")
app.add_typer(models_app, name="models")
app.add_typer(bench_app, name="bench")

As = Annotated[
    str, typer.Option("--as", help="Who asks (against the twin only): U_ANA, U_MAX, U_DANA, U_IVY, U_GUEST.")
]
ApproveAs = Annotated[
    list[str] | None,
    typer.Option("--approve-as", help="Who approves, in order; repeat it (against the twin only)."),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON instead of a picture.")]
Seed = Annotated[int, typer.Option(help="Seed of the twin's people and traps.")]
People = Annotated[int, typer.Option(help="How many people the twin has.")]
Home = Annotated[Path | None, typer.Option(help="The home directory whose store is meant.")]
Map = Annotated[
    Literal["marketo", "hubspot", "both"], typer.Option("--map", help="The twin's marketing automation.")
]
KeptMap = Annotated[
    Literal["", "marketo", "hubspot", "both"],
    typer.Option("--map", help="The embedded twin's marketing automation: marketo, hubspot or both."),
]
TwinUrl = Annotated[str, typer.Option("--twin", help="Address of a running twin (clearance twin).")]


@app.command()
def chat(who: As = "U_ANA", twin: TwinUrl = "", map: KeptMap = "") -> None:
    """Talk to Clearance in the terminal. `/help` lists what else a line can be."""
    from bot.commands import chat as conversation

    sys.exit(conversation.interactive(who, twin, map))


@app.command()
def ask(
    words: Annotated[str, typer.Argument(help="The request, in plain words.")],
    who: As = "U_ANA",
    approve_as: ApproveAs = None,
    json: AsJson = False,
    no_wait: Annotated[bool, typer.Option("--no-wait", help="Do not wait for the landing.")] = False,
    twin: TwinUrl = "",
    file: Annotated[Path | None, typer.Option(help="A CSV to attach.")] = None,
    map: KeptMap = "",
) -> None:
    """Ask one thing; wait for the landing when it was cleared."""
    from bot.commands import chat as conversation

    asked = conversation.Asked(
        words=words, who=who, approve_as=tuple(approve_as or ()), json=json, wait=not no_wait, file=file
    )
    sys.exit(conversation.once(asked, twin, map))


@app.command()
def undo(
    ref: Annotated[str, typer.Argument(help="A run (R-17) or a plan (P-1042).")],
    who: As = "U_ANA",
    approve_as: ApproveAs = None,
    json: AsJson = False,
    twin: TwinUrl = "",
) -> None:
    """Prepare the way back of a run: a plan of its own, with its own clearance."""
    from bot.commands import chat as conversation

    asked = conversation.Asked(words=f"undo {ref}", who=who, approve_as=tuple(approve_as or ()), json=json)
    sys.exit(conversation.once(asked, twin))


@app.command()
def demo(
    seed: Seed = 7,
    people: People = 5000,
    map: Map = "marketo",
    script: Annotated[bool, typer.Option("--script", help="Play the story even on a terminal.")] = False,
    slack: Annotated[
        bool, typer.Option("--slack", help="A local Slack to click through in a browser.")
    ] = False,
    slack_program: Annotated[str, typer.Option(help="With --slack: the local Slack's program.")] = "",
) -> None:
    """Play the main job on the twin: bounce report, purge, approvals, landing, undo, audit."""
    if slack:
        from bot.commands import demo_slack

        sys.exit(demo_slack.run(seed=seed, people=people, map=map, program=slack_program))
    from bot.commands import demo as story

    sys.exit(story.run(seed=seed, people=people, map=map, script=script or not sys.stdin.isatty()))


@app.command()
def serve(
    twin: TwinUrl = "",
    http: Annotated[bool, typer.Option("--http", help="Answer over HTTP instead of Socket Mode.")] = False,
    host: Annotated[str, typer.Option(help="With --http: the address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="With --http: the port to listen on.")] = 3000,
    processes: Annotated[int, typer.Option(min=1, help="With --http: how many processes listen.")] = 2,
    no_worker: Annotated[bool, typer.Option("--no-worker", help="Leave the work to other workers.")] = False,
) -> None:
    """Join Slack and work until stopped, with a worker in a process of its own."""
    from bot.commands import serving

    wanted = serving.Wanted(
        twin=twin, http=http, host=host, port=port, processes=processes, worker=not no_worker
    )
    sys.exit(serving.serve(wanted))


@app.command()
def worker(
    twin: TwinUrl = "",
    team: Annotated[str, typer.Option(help="Work for one of many workspaces: its id.")] = "",
    attached: Annotated[bool, typer.Option("--attached", help="Stop when standard input ends.")] = False,
) -> None:
    """Run cleared plans without listening, until stopped."""
    from bot.commands import serving

    sys.exit(serving.work(twin, team=team, attached=attached))


@app.command()
def workspaces(
    rekey: Annotated[bool, typer.Option("--rekey", help="Encrypt tokens under the first key.")] = False,
    new_key: Annotated[bool, typer.Option("--new-key", help="Print a key for the settings.")] = False,
) -> None:
    """List the workspaces that installed the app, or change the key of their tokens."""
    from bot.commands import workspaces as many

    sys.exit(many.run(rekey=rekey, key=new_key))


@app.command()
def twin(
    seed: Seed = 7,
    people: People = 5000,
    map: Map = "marketo",
    port: Annotated[int, typer.Option(help="Port on 127.0.0.1 (0: any free one).")] = 4010,
    bounced_share: Annotated[float, typer.Option(help="Share of people whose mail bounced.")] = 0.06,
    record: Annotated[str, typer.Option(help="File to write every exchange to, as JSON lines.")] = "",
) -> None:
    """Serve the offline vendors (Salesforce, Marketo or HubSpot or both, SendGrid) on 127.0.0.1."""
    from tools.twin.server import serve as serve_twin

    serve_twin(
        seed=seed,
        people=people,
        map=map,
        port=port,
        bounced_share=bounced_share,
        record=record,
        announce=lambda line: print(line, flush=True),  # noqa: T201 (its address is what one starts it for)
    )


@app.command()
def doctor(twin: TwinUrl = "", json: AsJson = False) -> None:
    """Say what is configured, reachable and permitted, and what to do about what isn't."""
    from bot.commands import doctor as checks

    sys.exit(checks.run(twin, as_json=json))


@app.command()
def manifest(
    url: Annotated[str, typer.Option(help="For HTTP: the address that Slack reaches us at.")] = "",
) -> None:
    """Print the Slack app manifest: for Socket Mode, or with an address for HTTP."""
    import json

    from bot.slack.manifest import manifest as shape

    at = url.rstrip("/")
    urls = {"request_url": f"{at}/slack/events", "redirect_url": f"{at}/slack/oauth_redirect"} if at else {}
    typer.echo(json.dumps(shape(**urls), indent=2))


@app.command()
def index(folder: Annotated[Path | None, typer.Argument(help="A folder of Markdown pages.")] = None) -> None:
    """Build the runbook index from a folder (the shipped runbooks and handbook when none is named)."""
    from bot.commands import library

    sys.exit(library.build_index(folder))


@app.command()
def search(
    question: Annotated[str, typer.Argument(help="A question for the runbooks.")] = "",
    evaluate: Annotated[Path | None, typer.Option("--eval", help="Questions (JSON lines) to score.")] = None,
    corpus: Annotated[Path | None, typer.Option(help="With --eval: the folder of pages.")] = None,
    embedder: Annotated[str, typer.Option(help="With --eval: none or minilm.")] = "",
    gaps: Annotated[bool, typer.Option("--gaps", help="What was asked in vain: what to write.")] = False,
    days: Annotated[int, typer.Option(min=1, help="With --gaps: how far back; 7 for the week.")] = 90,
    questions: Annotated[
        Path | None, typer.Option("--questions", help="Write people's verdicts as evaluation questions here.")
    ] = None,
    json: AsJson = False,
) -> None:
    """Search the runbooks, list what they lack, or score the search."""
    from bot.commands import library

    if gaps:
        sys.exit(library.list_gaps(days))
    if questions is not None:
        sys.exit(library.questions_from_verdicts(questions))
    if evaluate is not None:
        sys.exit(library.evaluate(evaluate, corpus, embedder, as_json=json))
    sys.exit(library.search(question, as_json=json))


@app.command(name="eval")
def evaluate(
    file: Annotated[Path | None, typer.Argument(help="Cases, one JSON object a line.")] = None,
    model: Annotated[list[str] | None, typer.Option(help="A model to evaluate; twice to compare.")] = None,
    offline: Annotated[bool, typer.Option("--offline", help="Evaluate the offline interpreter.")] = False,
    compare: Annotated[bool, typer.Option("--compare", help="The interpreter beside the model.")] = False,
    effects: Annotated[bool, typer.Option("--effects", help="Run each case on a fresh twin.")] = False,
    now: Annotated[str, typer.Option(help="The moment the cases are asked at.")] = "2026-11-22T12:00Z",
    corrections: Annotated[
        bool, typer.Option("--corrections", help="Write what people corrected as cases into the file.")
    ] = False,
    feedback: Annotated[int, typer.Option(min=0, help="Count people's verdicts of so many days.")] = 0,
    home: Home = None,
    json: AsJson = False,
) -> None:
    """Score understanding by effects: tool, arguments, wrong changes, asking back."""
    from bot.commands import evaluating, teaching

    if feedback:
        sys.exit(teaching.counts(feedback, home, as_json=json))
    if corrections:
        sys.exit(teaching.corrections(file, home))
    if file is None:
        raise typer.BadParameter("a file of cases is needed", param_hint="FILE")
    models = tuple(model or ())
    wanted = evaluating.Wanted(
        file=file, models=models, offline=offline, compare=compare, effects=effects, now=now, as_json=json
    )
    sys.exit(evaluating.run(wanted))


@audit_app.command(name="verify")
def audit_verify(home: Home = None) -> None:
    """Check the whole hash chain; exit 1 and name the first broken event otherwise."""
    from bot.commands import auditing

    sys.exit(auditing.verify(home))


@audit_app.command(name="export")
def audit_export(
    file: Annotated[Path, typer.Argument(help="Where to write the events (JSON lines).")],
    home: Home = None,
) -> None:
    """Write every event as JSON lines that can be verified offline."""
    from bot.commands import auditing

    sys.exit(auditing.export(file, home))


@policy_app.command(name="show")
def policy_show() -> None:
    """Print every clause in force, in the order of the file."""
    from bot.commands import auditing

    sys.exit(auditing.show_policy())


@models_app.command(name="install")
def models_install() -> None:
    """Fetch the runbook index's sentence model, hashes checked; carry on without it when it can't be had."""
    from bot.commands import library

    sys.exit(library.install_model())


@bench_app.command(name="slack")
def bench_slack(
    slack_program: Annotated[str, typer.Option(help="The local Slack's program.")] = "",
    seconds: Annotated[int, typer.Option(min=1, help="How long each kind of request is sent.")] = 10,
    per_second: Annotated[int, typer.Option(min=1, help="Requests a second.")] = 50,
    burst: Annotated[int, typer.Option(min=20, help="Requests of the burst.")] = 500,
) -> None:
    """How soon Slack is answered, beside a bare Bolt app in the same run."""
    from bot.commands.bench import slack

    sys.exit(
        slack.run(slack.Wish(program=slack_program, seconds=seconds, per_second=per_second, burst=burst))
    )


@bench_app.command(name="spine")
def bench_spine(
    sizes: Annotated[str, typer.Option(help="People the purges touch, by commas.")] = "1000,10000",
    quick: Annotated[bool, typer.Option("--quick", help="Small sizes, for a smoke test.")] = False,
) -> None:
    """Vendor calls, CPU and start-up of the spine, against the bare thing."""
    from bot.commands.bench import spine

    sys.exit(spine.run([50] if quick else [int(size) for size in sizes.split(",")]))


@bench_app.command(name="retrieval")
def bench_retrieval(
    questions: Annotated[Path, typer.Option(help="Questions, one JSON object a line.")] = Path(
        "tests/knowledge/questions_held_out.jsonl"
    ),
    corpus: Annotated[Path, typer.Option(help="The folder of pages.")] = Path("knowledge"),
    large: Annotated[
        int, typer.Option(help="Passages of the index that a question's cost is measured on.")
    ] = 20_000,
) -> None:
    """Runbook search, with and without vectors, beside plain chroma and plain BM25."""
    from bot.commands.bench import retrieval

    sys.exit(retrieval.run(questions, corpus, large))


@bench_app.command(name="duplicates")
def bench_duplicates(
    people: Annotated[str, typer.Option(help="Sizes, by commas.")] = "10000,100000",
    seed: Annotated[int, typer.Option(help="What the truth is made from.")] = 7,
) -> None:
    """Precision and recall of finding duplicates on a seeded truth, CPU seconds and memory."""
    from bot.commands.bench import duplicates

    sys.exit(duplicates.run([int(size) for size in people.split(",")], seed))


@bench_app.command(name="consent")
def bench_consent(
    people: Annotated[int, typer.Option(help="People in each of three systems.")] = 100_000,
    twin_people: Annotated[int, typer.Option(help="People of the twin for counting calls.")] = 1000,
) -> None:
    """Comparing everybody's consent, against the bare join of the same files."""
    from bot.commands.bench import consent

    sys.exit(consent.run(people, twin_people))
