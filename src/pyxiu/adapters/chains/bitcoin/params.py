"""What tells the networks of the Bitcoin family apart, and what their nodes refuse to relay.

`genesis` and `checkpoints` are checked against the node before anything else. Invariant: no two entries share genesis,
checkpoints and prefixes, so that a node of a chain that has split off is not taken for one of this chain.
Limit: `proven` is set where a real node of that network has run through the contract suite; the others follow their
projects' documentation.
"""

from typing import Final

import msgspec


class Checkpoint(msgspec.Struct, frozen=True):
    """A block after a split that only one side has."""

    height: int
    hash: str


class Network(msgspec.Struct, frozen=True):
    """`p2sh` may have several versions: the first is written, all are read. `coin_type` is SLIP-44's."""

    name: str
    genesis: str
    hrp: str
    p2pkh: int
    p2sh: tuple[int, ...]
    coin_type: int
    #: A block's own reward can be spent after so many.
    coinbase_maturity: int = 100
    #: The chain has MWEB: outputs of its peg-out transaction mature like this.
    pegout_maturity: int = 0
    segwit: bool = True
    #: Signatures are Bitcoin Cash's own kind.
    fork_id: bool = False
    cashaddr: str = ""
    checkpoints: tuple[Checkpoint, ...] = ()
    #: An output that would cost more to spend than it holds, at this fee for 1,000 bytes, is not relayed by nodes.
    dust_rate: int = 3_000
    #: And none below this, whatever its kind of script.
    dust_min: int = 0
    proven: bool = False

    @property
    def covers_amounts(self) -> bool:
        """Whether a signature covers the amount that it spends, so that a wrong one makes it worthless."""
        return self.segwit or self.fork_id


#: The first block that Bitcoin and Bitcoin Cash do not share (August 2017).
_AFTER_CASH: Final = Checkpoint(478_559, "00000000000000000019f112ec0a9982926f1258cdcc558dd7c3b7e5dc7fa148")
_CASH: Final = (
    Checkpoint(478_559, "000000000000000000651ef99cb9fcbe0dadde1d424bd9f15ff20136191a5eec"),
    #: The first block that Bitcoin Cash and Bitcoin SV do not share (November 2018).
    Checkpoint(556_767, "0000000000000000004626ff6e3b936941d341c5932ece4357eeccac44e6d56c"),
)

_BITCOIN_REGTEST: Final = "0f9188f13cb7b2c71f2a335e3a4fc328bf5beb436012afca590b1a11466e2206"
_LITECOIN_REGTEST: Final = "530827f38f93b43ed12af0b3ad25a288dc02ed74d6d7857862df51fc56c416f9"

NETWORKS: Final[dict[str, Network]] = {
    network.name: network
    for network in (
        Network(
            "bitcoin",
            "000000000019d6689c085ae165831e934ff763ae46a2a6c172b3f1b60a8ce26f",
            "bc",
            0x00,
            (0x05,),
            0,
            checkpoints=(_AFTER_CASH,),
        ),
        Network(
            "bitcoin-testnet",
            "000000000933ea01ad0ee984209779baaec3ced90fa3f408719526f8d77f4943",
            "tb",
            0x6F,
            (0xC4,),
            1,
        ),
        Network("bitcoin-regtest", _BITCOIN_REGTEST, "bcrt", 0x6F, (0xC4,), 1, proven=True),
        Network(
            "litecoin",
            "12a765e31ffd4059bada1e25190f6e98c99d9714d334efa41a195a7e7e04bfe2",
            "ltc",
            0x30,
            (0x32, 0x05),
            2,
            pegout_maturity=6,
            dust_rate=30_000,
        ),
        Network(
            "litecoin-regtest",
            _LITECOIN_REGTEST,
            "rltc",
            0x6F,
            (0x3A, 0xC4),
            1,
            pegout_maturity=6,
            dust_rate=30_000,
            proven=True,
        ),
        Network(
            "dogecoin",
            "1a91e3dace36e2be3bf030a65679fe821aa1d6ef92e7c9902eb318182c355691",
            "",
            0x1E,
            (0x16,),
            3,
            coinbase_maturity=240,
            segwit=False,
            dust_min=1_000_000,
        ),
        Network(
            "dash",
            "00000ffd590b1485b3caadc19b22e6379c733355108f107a430458cdf3407ab6",
            "",
            0x4C,
            (0x10,),
            5,
            segwit=False,
        ),
        Network(
            "bitcoin-cash",
            "000000000019d6689c085ae165831e934ff763ae46a2a6c172b3f1b60a8ce26f",
            "",
            0x00,
            (0x05,),
            145,
            segwit=False,
            fork_id=True,
            cashaddr="bitcoincash",
            checkpoints=_CASH,
        ),
    )
}
