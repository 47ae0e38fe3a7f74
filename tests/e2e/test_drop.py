"""Files handed to the console: taken in, reported with reasons, and seen masked a click later."""

import pytest
from playwright.sync_api import expect

pytestmark = [pytest.mark.server, pytest.mark.timeout(1200)]

NUMBER = "13812340004"
TABLE = f"会话ID,角色,消息内容\nweb-1,客户,我的手机号是{NUMBER}\nweb-2,客服\n"


def test_a_handful_of_files_is_taken_reported_and_clicked_through_to_its_masked_conversation(
    windows, administrator, tmp_path
):
    (tmp_path / "chat.csv").write_text(TABLE, encoding="gb18030")
    (tmp_path / "tool.exe").write_bytes(b"MZ")
    window = windows("en", "light", administrator)
    window.open("/intake")
    page = window.page
    page.locator(".drop input").set_input_files([tmp_path / "chat.csv", tmp_path / "tool.exe"])
    report = page.locator(".drop-report")
    columns = page.get_by_role("dialog", name="Are these columns read right?")
    columns.get_by_text("chat.csv would be read like this").wait_for()
    expect(columns.locator("tbody tr")).to_have_count(3)
    assert window.faults() == []
    for shown in ("会话ID", "角色", "消息内容", "Phone"):
        expect(columns.locator("tbody")).to_contain_text(shown)
    assert NUMBER not in page.content()
    columns.get_by_role("button", name="Take tables like this").click()
    report.get_by_text("2 of 2 files · 1 conversation,").wait_for()
    report.get_by_text("tool.exe").wait_for()
    report.get_by_text("Files of this kind are not taken yet").wait_for()
    report.get_by_text("The row has another number of columns than the headings").wait_for()
    report.get_by_role("progressbar").wait_for()
    report.get_by_role("link", name="Open the report").click()
    page.get_by_role("heading", name="Intake report").wait_for()
    page.locator(".chart canvas").wait_for()
    for view, kind in (("Kind", "Phone"), ("Level", "3 · "), ("Channel", "Chat")):
        page.locator(".ant-segmented").get_by_text(view, exact=True).click()
        expect(page.locator(".day-table thead")).to_contain_text(kind)
    page.get_by_text("Files of this kind are not taken yet").wait_for()
    expect(page.get_by_role("heading", name="Still in your source folder").locator("..")).to_contain_text("2 files")
    assert NUMBER not in page.content()
    assert (window.faults(), window.refused, window.errors) == ([], [], [])
    page.get_by_role("link", name="See the masked conversations").click()
    window.settle()
    # The source names no day: it counts as taken in just now, and stands first.
    page.locator(".table-row").first.click()
    page.locator(".thread").wait_for()
    expect(page.locator(".thread")).to_contain_text("我的手机号是")
    assert NUMBER not in page.content()


def test_a_whole_folder_dropped_is_gone_through(windows, administrator, tmp_path):
    window = windows("zh", "light", administrator)
    window.open("/intake")
    page = window.page
    # An operating system's drag cannot be made here: the entries that it would bring are.
    page.evaluate(
        """() => {
            const file = (name, text) => ({
                isFile: true, isDirectory: false, name, file: (yes) => yes(new File([text], name)),
            });
            const folder = (name, inside) => ({ isFile: false, isDirectory: true, name, createReader: () => {
                let told = false;
                return { readEntries: (yes) => { yes(told ? [] : inside); told = true; } };
            } });
            const entry = folder("drop", [file("a.txt", "客户：您好"), folder("deep", [file("b.txt", "客服：再见")])]);
            const event = new Event("drop", { bubbles: true, cancelable: true });
            Object.defineProperty(event, "dataTransfer", { value: { items: [{ webkitGetAsEntry: () => entry }] } });
            document.querySelector(".drop").dispatchEvent(event);
        }"""
    )
    page.locator(".drop-report").get_by_text("已处理 2 / 2 个文件 · 会话 2 段").wait_for()


def test_a_table_whose_columns_are_not_confirmed_stays_out_and_a_pause_holds_what_follows(
    windows, administrator, tmp_path
):
    (tmp_path / "a.csv").write_text("会话ID,角色,消息内容\nno-1,客户,您好\n", encoding="utf-8")
    (tmp_path / "b.txt").write_text("客户：在吗\n")
    (tmp_path / "c.csv").write_text("会话ID,角色,消息内容\nno-2,客户,您好\n", encoding="utf-8")
    window = windows("en", "dark", administrator)
    window.open("/intake")
    page = window.page
    page.locator(".drop input").set_input_files([tmp_path / name for name in ("a.csv", "b.txt", "c.csv")])
    columns = page.get_by_role("dialog", name="Are these columns read right?")
    columns.get_by_role("button", name="Leave them out").wait_for()
    report = page.locator(".drop-report")
    report.get_by_role("button", name="Pause after this file").evaluate("(button) => button.click()")
    columns.get_by_role("button", name="Leave them out").click()
    report.get_by_text("Paused. What was sent is in.").wait_for()
    page.wait_for_timeout(1000)
    report.get_by_text("1 of 3 files · 0 conversations").wait_for()
    assert window.faults() == []
    report.get_by_role("button", name="Go on").click()
    report.get_by_text("3 of 3 files · 1 conversation,").wait_for()
    expect(report.get_by_text("Its columns were not confirmed")).to_have_count(2)
    assert (window.refused, window.errors) == ([], [])
