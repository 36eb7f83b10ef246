"""Which names may be the same, in several spellings, orders and scripts."""

from __future__ import annotations

import pytest

from consentkit.clients.names import may_be_same

MAY_BE_SAME = [
    ("Müller, Jörg", "Mueller J."),
    ("Müller, Jörg", "Joerg Muller"),
    ("Jörg Müller", "Jorg Muller"),
    ("José García", "Garcia, Jose"),
    ("María José Pérez López", "Maria Perez"),
    ("Søren Ågård", "Soeren Aagaard"),
    ("Straße, Anna", "Strasse Anna"),
    ("محمد علي", "Mohammed Ali"),
    ("محمد علي", "Muhammad Aly"),
    ("محمد علي", "Mohamed Ali"),
    ("أحمد حسن", "Ahmed Hassan"),
    ("فاطمة الزهراء", "Fatima al-Zahra"),
    ("Алексей Иванов", "Alexey Ivanov"),
    ("Алексей Иванов", "Aleksei Iwanow"),
    ("Дмитрий Чайковский", "Dmitri Tchaikovsky"),
    ("Юлия Щербакова", "Yulia Shcherbakova"),
    ("Ольга Кузнецова", "Olga Kusnezowa"),
    ("Γιώργος Παπαδόπουλος", "Giorgos Papadopoulos"),
    ("Νίκος Χατζής", "Nikos Chatzis"),
    ("王小明", "Wang Xiaoming"),
    ("王小明", "Xiao Ming Wang"),
    ("李娜", "Li Na"),
    ("習近", "Xi Jin"),
    ("김민수", "Kim Min-su"),
    ("김민수", "Minsoo Kim"),
    ("山田太郎", "山田 太郎"),
    ("やまだ たろう", "Taro Yamada"),
    ("יוסף כהן", "Yosef Cohen"),
    ("Nguyễn Văn An", "Nguyen Van An"),
    ("Łukasz Wójcik", "Lukasz Wojcik"),
    ("Anna-Maria Schmidt", "Annamaria Schmidt"),
    ("Philipp Schmitt", "Filip Schmidt"),
    ("Jon Smith", "John Smith"),
    ("Sara Connor", "Sarah Conner"),
    ("Kate O'Brien", "Kate OBrien"),
    ("Muhamad Ali", "Mohammad Ali"),
    ("Hannelore Meier", "Hannelore Mayer"),
    ("Hannelore Meyer", "Hannelore Maier"),
    ("J. R. Smith", "John Robert Smith"),
    ("Dr. Anna Weiß", "Anna Weiss"),
    ("Example Inc.", "Example, Incorporated"),
    ("TikTok Ltd.", "TikTok Limited"),
    ("Meta Platforms, Inc.", "Meta Platforms Ireland Limited"),
    ("İbrahim Yılmaz", "Ibrahim Yilmaz"),
]

DIFFERENT = [
    ("Anna Schmidt", "Peter Schmidt"),
    ("John Smith", "Jane Smith"),
    ("Maria Garcia", "Mario Rossi"),
    ("Peter Miller", "Paul Miller"),
    ("محمد علي", "Ahmed Hassan"),
    ("محمد علي", "محمود حسن"),
    ("Алексей Иванов", "Андрей Петров"),
    ("Γιώργος Παπαδόπουλος", "Νίκος Παππάς"),
    ("王小明", "李小红"),
    ("王小明", "Li Xiaohong"),
    ("Li Na", "Li Wei"),
    ("김민수", "Park Jisoo"),
    ("Ali Hassan", "Ali Reza"),
    ("Anna Weber", "Hanna Wagner"),
    ("Thomas Becker", "Tobias Becker"),
    ("Nguyen Van An", "Nguyen Thi Hoa"),
    ("Olga Ivanova", "Ivan Olgin"),
    ("Meta Platforms", "Example Platforms"),
    ("Dora Demo", "Dina Muster"),
    ("A. Schmidt", "Peter Schmidt"),
    ("Jan Kowalski", "Piotr Nowak"),
    ("Eva Klein", "Ewa Gross"),
    ("Marta Kos", "Marko Kis"),
    ("Tim Berg", "Tom Burg"),
]


@pytest.mark.parametrize(("one", "other"), MAY_BE_SAME)
def test_two_spellings_of_a_name_meet_from_either_side(one, other):
    assert may_be_same(one, other) == may_be_same(other, one) > 0


@pytest.mark.parametrize(("one", "other"), DIFFERENT)
def test_plainly_different_names_do_not_meet(one, other):
    assert (may_be_same(one, other), may_be_same(other, one)) == (0, 0)


def test_a_better_match_scores_higher():
    exact = may_be_same("Dora Demo", "Demo, Dora")
    initial = may_be_same("Dora Demo", "D. Demo")

    assert (exact, initial) == (1.0, 0.925)


@pytest.mark.parametrize("nothing", ["", "  ", "-", "?!"])
def test_nothing_is_like_nobody(nothing):
    assert may_be_same(nothing, "Dora Demo") == 0
