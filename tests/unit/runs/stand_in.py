"""A stand-in for the engine: a real process with real children that behaves as a run does, without the work."""

from __future__ import annotations

from pathlib import Path

from etl_batch.config import RunConfig

ENGINE = """
import json, os, signal, subprocess, sys, time
from pathlib import Path
import psutil

_verb, run_id, _flag, home = sys.argv[1:]
run = Path(home, "output", "runs", run_id)
mode = os.environ["ENGINE_MODE"]
(run / "argv.json").write_text(json.dumps([sys.argv[1:], os.getsid(0), os.getpid(), "ETL_METRICS_TOKEN" in os.environ]))
if mode == "broken":
    print("no such flag: --colour", file=sys.stderr)
    sys.exit(2)
deaf = "import signal, time; signal.signal(15, signal.SIG_IGN); print(1, flush=True); time.sleep(600)"
children = [subprocess.Popen([sys.executable, "-c", deaf], stdout=subprocess.PIPE) for _ in range(2)]
for child in children:
    child.stdout.readline()
staged = run.parent.parent / f".out.csv.{run.name}.tmp"
staged.write_text("half")

def stop(*_):
    for child in children:
        child.kill()
    staged.unlink()
    (run / "metadata.json").write_text(json.dumps({"status": "cancelled", "by": "engine"}))
    sys.exit(7)

signal.signal(signal.SIGTERM, stop if mode == "polite" else signal.SIG_IGN)
progress = {"run_id": run.name, "pid": os.getpid(), "pid_started": psutil.Process().create_time(), "status": "running",
            "stage": "ingest",
            "rows_written": 5, "rejected": 2, "staged": [str(staged), "/etc/passwd", str(staged.with_name("out.csv"))]}
temporary = run / "p.tmp"
temporary.write_text(json.dumps(progress))
temporary.replace(run / "progress.json")
print("ready", flush=True)
time.sleep(600)
"""


def config_for(home: Path, **values) -> RunConfig:
    """A small configuration; the fields under test on top."""
    given = {"inputs": ("/in.csv",), "output_csv": home / "output" / "out.csv", "home": home, "workers": 2}
    return RunConfig(**given | values)
