"""Tests of exports and dossiers."""
