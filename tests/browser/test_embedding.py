"""`etl_dashboard()` in a bare Streamlit app of somebody else's, in a real browser."""

from __future__ import annotations

import sys

from etl_batch.defaults import PROJECT_ROOT
from etl_batch.demo import write_demo
from tests.browser.conftest import STORY, Server, expect_charts, expect_status, free_port

pytestmark = STORY

THEIR_APP = """\
import streamlit as st
from etl_batch.etl_integration_ui import etl_dashboard

st.title("Somebody's app")
etl_dashboard()
"""


def test_a_bare_app_with_the_dashboard(tmp_path, visit):
    """Launch, watch, analytics and the report's download work without the console, and nothing leaves the machine."""
    (tmp_path / "their_app.py").write_text(THEIR_APP)
    write_demo(tmp_path / "home" / "data", megabytes=2)
    options = ["--server.headless=true", "--server.address=127.0.0.1", "--browser.gatherUsageStats=false"]
    command = [sys.executable, "-m", "streamlit", "run", "their_app.py", f"--server.port={free_port()}", *options]
    server = Server(command, tmp_path, ETL_HOME=str(tmp_path / "home"), PYTHONPATH=str(PROJECT_ROOT))
    try:
        visitor = visit()
        page = visitor.page()
        page.goto(server.wait_for(r"(http://127\.0\.0\.1:\d+)"))
        page.get_by_role("button", name="Launch run").click()
        expect_status(page, "success")
        page.get_by_role("tab", name="Analytics").click()
        expect_charts(page)
        page.get_by_role("tab", name="Report").click()
        with page.expect_download() as download:
            page.get_by_role("button", name="Download the report").click()
        assert download.value.suggested_filename.endswith(".html")
        assert visitor.outside() == set()
    finally:
        server.stop()
