"""Tests of sign-in and rights."""
