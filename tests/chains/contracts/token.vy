# An ERC-20 token that can be told to misbehave.
# pragma version ^0.4.0

event Transfer:
    sender: indexed(address)
    receiver: indexed(address)
    amount: uint256

# 0 honest, 1 answers false and does nothing, 2 logs without moving, 3 takes a tenth, 4 reverts, 5 moves without a log
mode: public(uint256)
balanceOf: public(HashMap[address, uint256])
allowance: public(HashMap[address, HashMap[address, uint256]])
decimals: public(uint8)
totalSupply: public(uint256)

@deploy
def __init__(supply: uint256, decimals: uint8):
    self.balanceOf[msg.sender] = supply
    self.totalSupply = supply
    self.decimals = decimals
    log Transfer(sender=empty(address), receiver=msg.sender, amount=supply)

@external
def set_mode(mode: uint256):
    self.mode = mode

@internal
def _move(sender: address, receiver: address, amount: uint256) -> bool:
    assert self.mode != 4, "paused"
    if self.mode == 1:
        return False
    received: uint256 = amount
    if self.mode == 3:
        received = amount - amount // 10
    if self.mode != 2:
        self.balanceOf[sender] -= amount
        self.balanceOf[receiver] += received
    if self.mode != 5:
        log Transfer(sender=sender, receiver=receiver, amount=amount)
    return True

@external
def transfer(receiver: address, amount: uint256) -> bool:
    return self._move(msg.sender, receiver, amount)

@external
def approve(spender: address, amount: uint256) -> bool:
    self.allowance[msg.sender][spender] = amount
    return True

@external
def transferFrom(sender: address, receiver: address, amount: uint256) -> bool:
    self.allowance[sender][msg.sender] -= amount
    return self._move(sender, receiver, amount)
