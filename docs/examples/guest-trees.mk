# SPDX-License-Identifier: Apache-2.0
# Device trees for guests of any hypervisor, made in the build of another project:
#
#     make -f guest-trees.mk DESCRIPTION=vms.yaml
#
# pinion-gen is installed by pip, or PINION_GEN="python3 -m gen" with a checkout of Pinion in PYTHONPATH.

PINION_GEN  ?= pinion-gen
DESCRIPTION ?= vms.yaml
TREES       ?= build/trees

# The names of the VMs are keys of `vms` in the description.
VMS := $(shell awk '/^[^ \#]/ { vms = /^vms:/ } vms && /^  [a-z]/ { sub(/:.*/, ""); print $$1 }' $(DESCRIPTION))

all: $(VMS:%=$(TREES)/%.dtb)

# What else a tree is made of, the platform file and overlays above all, is in a file beside it.
$(TREES)/%.dtb: $(DESCRIPTION)
	@mkdir -p $(@D)
	$(PINION_GEN) dtb $< $* -o $@ --depfile $(@:.dtb=.d)

-include $(VMS:%=$(TREES)/%.d)

# What a change means for the guests: make -f guest-trees.mk diff OLD=trees-of-the-last-release
diff: all
	@for vm in $(VMS); do $(PINION_GEN) diff $(OLD)/$$vm.dtb $(TREES)/$$vm.dtb || :; done

.PHONY: all diff
