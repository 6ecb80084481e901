# Pays in every way that is not a plain transaction.
# pragma version ^0.4.0

interface Token:
    def transfer(receiver: address, amount: uint256) -> bool: nonpayable

@external
@payable
def __default__():
    pass

@external
@payable
def pay(receiver: address, amount: uint256):
    send(receiver, amount)

@external
@payable
def pay_many(receivers: DynArray[address, 20], amount: uint256):
    for receiver: address in receivers:
        send(receiver, amount)

@external
@payable
def pay_and_fail(receiver: address, amount: uint256):
    send(receiver, amount)
    assert False, "all of it is undone"

@external
def pay_tokens(token: address, receivers: DynArray[address, 20], amount: uint256):
    for receiver: address in receivers:
        extcall Token(token).transfer(receiver, amount)

@external
@payable
def destroy(receiver: address):
    selfdestruct(receiver)
