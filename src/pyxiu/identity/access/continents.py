"""Countries by continent, as ISO 3166 and the two-letter codes that GeoNames uses; all in lower case.

Limit: a country that lies in two continents is counted where most of its people live.
"""

from typing import Final

_COUNTRIES: Final = {
    "af": """
        ao bf bi bj bw cd cf cg ci cm cv dj dz eg eh er et ga gh gm gn gq gw ke km lr ls ly ma mg
        ml mr mu mw mz na ne ng re rw sc sd sh sl sn so ss st sz td tg tn tz ug yt za zm zw
    """,
    "an": "aq bv gs hm tf",
    "as": """
        ae af am az bd bh bn bt cc cn cx ge hk id il in io iq ir jo jp kg kh kp kr kw kz la lb lk
        mm mn mo mv my np om ph pk ps qa sa sg sy th tj tl tm tr tw uz vn ye
    """,
    "eu": """
        ad al at ax ba be bg by ch cy cz de dk ee es fi fo fr gb gg gi gr hr hu ie im is it je li
        lt lu lv mc md me mk mt nl no pl pt ro rs ru se si sj sk sm ua va xk
    """,
    "na": """
        ag ai aw bb bl bm bq bs bz ca cr cu cw dm do gd gl gp gt hn ht jm kn ky lc mf mq ms mx ni
        pa pm pr sv sx tc tt us vc vg vi
    """,
    "oc": "as au ck fj fm gu ki mh mp nc nf nr nu nz pf pg pn pw sb tk to tv um vu wf ws",
    "sa": "ar bo br cl co ec fk gf gy pe py sr uy ve",
}
CONTINENTS: Final = frozenset(_COUNTRIES)
_BY_COUNTRY: Final = {
    country: continent for continent, countries in _COUNTRIES.items() for country in countries.split()
}
COUNTRIES: Final = frozenset(_BY_COUNTRY)


def continent_of(country: str) -> str | None:
    """The continent's code; None for what is no country."""
    return _BY_COUNTRY.get(country.lower())
