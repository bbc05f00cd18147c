#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Begins anew.

reboot -f
