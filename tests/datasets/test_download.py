import hashlib
from functools import partial

import pytest

from rcnn_course.datasets.download import DownloadError, download, open_session, require_md5

BODY = bytes(range(256)) * 1000
IS_BODY = partial(require_md5, md5=hashlib.md5(BODY).hexdigest())


@pytest.fixture
def session():
    with open_session() as session:
        yield session


@pytest.fixture
def fetch(server, session, tmp_path):
    server.files["/file.bin"] = BODY
    path = tmp_path / "deep" / "file.bin"

    def fetch(url=f"{server.url}/file.bin", **options):
        download(url, path, session=session, verify=IS_BODY, **options)
        return path

    return fetch


def ranges(server):
    return [asked for _, asked in server.requests]


def names(folder):
    return sorted(path.name for path in folder.rglob("*") if path.is_file())


def test_file_arrives_whole(fetch):
    path = fetch()
    assert path.read_bytes() == BODY
    assert names(path.parent) == ["file.bin"]


def test_file_that_is_there_is_not_fetched_again(fetch, server):
    fetch()
    fetch()
    assert len(server.requests) == 1


def test_break_in_the_middle_is_resumed_where_it_was(fetch, server):
    server.breaks["/file.bin"] = [98_304, 49_152]
    assert fetch().read_bytes() == BODY
    assert ranges(server) == [None, "bytes=98304-", "bytes=147456-"]


def test_break_within_the_first_bytes_is_no_end(fetch, server):
    server.breaks["/file.bin"] = [10, 10]
    assert fetch().read_bytes() == BODY


def test_lasting_break_leaves_nothing_but_a_part_that_the_next_call_goes_on_from(
    fetch, server, tmp_path
):
    server.breaks["/file.bin"] = [98_304, 0, 0, 0]
    with pytest.raises(DownloadError, match=r"cannot fetch .*: .*broke off after 98304 bytes"):
        fetch()
    assert names(tmp_path) == ["file.bin.part"]
    assert fetch().read_bytes() == BODY
    assert ranges(server) == [None, *["bytes=98304-"] * 4]
    assert names(tmp_path) == ["file.bin"]


def test_server_that_ignores_range_sends_the_file_anew(fetch, server):
    server.honours_range = False
    server.breaks["/file.bin"] = [98_304]
    assert fetch().read_bytes() == BODY
    assert ranges(server) == [None, "bytes=98304-"]


def test_part_longer_than_the_file_is_thrown_away(fetch, server, tmp_path):
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "file.bin.part").write_bytes(BODY + BODY)
    assert fetch().read_bytes() == BODY


def test_wrong_checksum_is_an_error_and_keeps_nothing(fetch, server, tmp_path):
    server.files["/file.bin"] = BODY[::-1]
    with pytest.raises(DownloadError, match=r"its MD5 checksum is \w+, not \w+; nothing was kept"):
        fetch()
    assert names(tmp_path) == []


def test_file_that_is_there_and_wrong_is_reported_and_left_alone(fetch, server, tmp_path):
    path = tmp_path / "deep" / "file.bin"
    path.parent.mkdir()
    path.write_bytes(b"mine")
    with pytest.raises(DownloadError, match=r"file\.bin is not right: its MD5 .* Remove it"):
        fetch()
    assert path.read_bytes() == b"mine"
    assert server.requests == []


def test_404_says_what_the_server_answers_and_what_to_do(fetch, server, tmp_path):
    with pytest.raises(
        DownloadError, match=r"nowhere to .*: the server answers 404 Not Found\. Go fishing"
    ):
        fetch(f"{server.url}/nowhere", advice="Go fishing")
    assert names(tmp_path) == []


def test_busy_server_is_asked_again(fetch, server):
    server.statuses["/file.bin"] = [503, 503]
    assert fetch().read_bytes() == BODY


def test_no_server_is_a_short_error(fetch, server):
    with pytest.raises(DownloadError, match="the connection failed") as caught:
        fetch("http://127.0.0.1:1/file.bin")
    assert len(str(caught.value)) < 300
    assert "HTTPConnectionPool" not in str(caught.value)


def test_progress_is_shown_when_wanted(fetch, capsys):
    fetch(progress=True)
    assert "file.bin: 100%" in capsys.readouterr().err


def test_no_progress_is_silent(fetch, capfd):
    fetch()
    assert capfd.readouterr() == ("", "")
