"""Kinds of captcha."""
