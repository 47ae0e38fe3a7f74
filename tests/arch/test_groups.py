"""Tests that share a site run in one process: started in two, it would cost twice and be seen by half of them."""

from types import SimpleNamespace

NAMES = [
    *(f"tests/integration/runtime/test_site.py::test_{n}" for n in range(3)),
    *(f"tests/security/test_gate.py::test_a[{n}@x::y]" for n in range(3)),
    *(f"tests/integration/test_desk_command.py::test_{n}" for n in range(3)),
]


class Node:
    """A process of tests, as the scheduler sees it."""

    shutting_down = False

    def __init__(self, number):
        self.gateway = SimpleNamespace(id=f"gw{number}")
        self.told = []

    def send_runtest_some(self, numbers):
        self.told += [NAMES[number].partition("::")[0] for number in numbers]

    def shutdown(self):
        """Nothing more comes."""


def test_the_files_of_a_group_and_the_tests_of_a_file_go_to_one_process(pytestconfig):
    hook = pytestconfig.hook.pytest_xdist_make_scheduler
    [ours] = [found for found in hook.get_hookimpls() if found.plugin_name.endswith("tests/conftest.py")]
    option = SimpleNamespace(loadscopereorder=False)
    words = {"dist": "loadscope", "tx": ["popen", "popen"], "maxfail": 0}
    config = SimpleNamespace(getvalue=words.get, option=option, rootpath=pytestconfig.rootpath)
    scheduler = ours.function(config, None)
    nodes = [Node(0), Node(1)]
    for node in nodes:
        scheduler.add_node(node)
        scheduler.add_node_collection(node, NAMES)
    scheduler.schedule()
    files = [set(node.told) for node in nodes]
    assert sorted(map(sorted, files)) == [
        ["tests/integration/runtime/test_site.py", "tests/integration/test_desk_command.py"],
        ["tests/security/test_gate.py"],
    ]
    assert sum(len(node.told) for node in nodes) == len(NAMES)
