"""The coverage table is true: complete, and as the routes and tests make it."""

import pytest

import simulator_coverage as coverage


@pytest.fixture(scope="module")
def rows():
    return coverage.rows()


@pytest.fixture(scope="module")
def found(rows):
    return coverage.evidence(rows)


def numbered(letter, last):
    return [f"{letter}{number}" for number in range(1, last + 1)]


def test_every_row_of_the_contract_is_listed(rows):
    contract = [("R", 14), ("F", 16), ("M", 5), ("L", 6), ("B", 3), ("A", 13)]
    wanted = {id_ for letter, last in contract for id_ in numbered(letter, last)}

    assert wanted <= {row.id for row in rows}


def test_every_row_has_a_handler_and_a_test_or_a_reason(rows, found):
    assert coverage.problems(rows, found) == []


def test_the_document_is_what_it_is_made_from(rows, found):
    assert coverage.DOCUMENT.read_text() == coverage.document(rows, found), "run tools/simulator_coverage.py"


def test_a_row_without_test_or_reason_is_a_problem(rows, found):
    bare = coverage.Row("X1", "Section", "an invented call")

    complaints = coverage.problems([*rows, bare], {**found, "X1": coverage.Evidence()})

    assert complaints == [
        "X1 (an invented call): neither a test nor a reason",
        "X1 (an invented call): neither a handler nor a reason",
    ]


def test_a_route_whose_row_is_not_listed_is_a_problem(rows, found):
    complaints = coverage.problems([row for row in rows if row.id != "R1"], found)

    assert complaints == ["R1: a route has this row, contract_rows.yaml does not"]


def test_a_row_that_is_not_done_says_so():
    row = coverage.Row("F15", "Section", "status", reason="in no reference")

    line = coverage.document([row], {"F15": coverage.Evidence()}).splitlines()[-1]

    assert line == "| F15 | status: in no reference | **not done** | none |  |"


@pytest.mark.parametrize(
    ("name", "ids"),
    [
        ("test_r1_creates", ["R1"]),
        ("test_r10_and_r11_refuse_a1_things", ["R10", "R11"]),
        ("test_f7a_without_a_key", ["F7A"]),
        ("test_a_repository_of_r1", []),
    ],
)
def test_rows_are_found_at_the_beginning_of_a_tests_name(name, ids):
    assert [id_.upper() for id_ in coverage._ids_in_name(name)] == ids
