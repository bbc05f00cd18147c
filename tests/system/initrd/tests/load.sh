#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# A minute of everything on all CPUs.

/tests/smp 60
