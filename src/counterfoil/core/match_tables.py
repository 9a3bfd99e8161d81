"""Frozen word lists behind `matching`: legal forms, two-part domain suffixes, public mail domains.

They are ours and short on purpose. A missing row makes two companies look different, which a
person may still notice; it never makes strangers look equal, but for a country suffix that is not
listed.
"""

from typing import Final

_FORMS = """
    ab ag aps as asa bv bvba co company corp corporation doo eirl eood gbr gmbh inc incorporated
    kft kg kgaa limited llc llp lp ltd ltda mbh nv ohg oo ood oy oyj plc pte pty pvt sa sarl sas se
    sl slu snc sp spa sprl sro srl ug z zoo
"""
LEGAL_FORMS: Final = frozenset(_FORMS.split())
"""Words that say what kind of company it is, not which one."""

_SECOND_LEVELS = """
    uk: ac co gov ltd me net nhs org plc sch
    au: asn com edu gov id net org
    nz: ac co geek gen govt net org school
    za: ac co gov net org web
    jp: ac ad co ed go gr lg ne or
    kr: ac co go ne or pe re
    in: ac co edu firm gen gov ind net nic org res
    br: adv com edu eng gov ind net org
    cn: ac com edu gov net org
    tw: com edu gov idv net org
    hk: com edu gov idv net org
    sg: com edu gov net org per
    my: com edu gov net org
    th: ac co go in mi net or
    id: ac co go net or web
    ph: com edu gov net org
    tr: com edu gen gov net org web
    mx: com edu gob net org
    ar: com edu gob net org
    co: com edu gov net org
    pe: com edu gob net org
    il: ac co gov muni net org
    pl: com edu gov info net org waw
    ua: com edu gov in kiev net org
    es: com edu gob nom org
    pt: com edu gov org
    gr: com edu gov net org
    hu: co info org
    at: ac co gv or
    ke: ac co go ne or
    ng: com edu gov net org
    eg: com edu gov net org
    ae: ac co gov net org
    sa: com edu gov net org
    vn: com edu gov net org
"""
DOUBLE_SUFFIXES: Final = frozenset(
    f"{second}.{line.split(':')[0]}"
    for line in _SECOND_LEVELS.replace("    ", "").strip().splitlines()
    for second in line.split(":")[1].split()
)
"""Suffixes of two labels under which anybody registers, such as co.uk."""

_PUBLIC = """
    163.com 126.com aol.com fastmail.com free.fr gmail.com gmx.at gmx.ch gmx.de gmx.net
    googlemail.com hotmail.co.uk hotmail.com hotmail.de hotmail.fr icloud.com laposte.net libero.it
    live.com mac.com mail.com mail.ru me.com msn.com naver.com orange.fr outlook.com outlook.de
    pm.me proton.me protonmail.com qq.com rediffmail.com seznam.cz t-online.de tutanota.com
    uol.com.br virgilio.it web.de wp.pl yahoo.co.jp yahoo.co.uk yahoo.com yahoo.de yahoo.fr
    yandex.ru zoho.com
"""
PUBLIC_MAIL: Final = frozenset(_PUBLIC.split())
"""Mail domains that anybody has; sharing one says nothing."""
