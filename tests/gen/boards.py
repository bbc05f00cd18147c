# SPDX-License-Identifier: Apache-2.0
"""Device trees of boards for the tests of `import`, as source."""

from __future__ import annotations

from gen.dts import compile_source

# A board with a bit of everything: two clusters, buses that translate, an interrupt map, a GPIO bank that is an interrupt
# controller, a device within a device, fixed clocks and regulators.
BOARD = """/dts-v1/;
/memreserve/ 0x40000000 0x1000;
/ {
	#address-cells = <2>;
	#size-cells = <2>;
	interrupt-parent = <&gic>;
	model = "A board";
	compatible = "pinion,board";
	aliases { serial0 = &uart; };
	chosen { stdout-path = "serial0:115200n8"; };
	cpus {
		#address-cells = <1>;
		#size-cells = <0>;
		cpu-map {
			cluster0 { core0 { cpu = <&cpu0>; }; };
			cluster1 { core0 { cpu = <&cpu1>; }; };
		};
		cpu0: cpu@0 { device_type = "cpu"; compatible = "arm,cortex-a53"; reg = <0>; enable-method = "psci"; };
		cpu1: cpu@100 { device_type = "cpu"; compatible = "arm,cortex-a72"; reg = <0x100>; enable-method = "psci"; };
		cpu@101 { device_type = "cpu"; compatible = "arm,cortex-a72"; reg = <0x101>; status = "disabled"; };
	};
	psci { compatible = "arm,psci-1.0"; method = "smc"; };
	timer { compatible = "arm,armv8-timer"; interrupts = <1 13 4>, <1 14 4>, <1 11 4>, <1 10 4>; };
	pmu { compatible = "arm,armv8-pmuv3"; interrupts = <1 7 4>; };
	memory@40000000 { device_type = "memory"; reg = <0 0x40000000 0 0x20000000>, <0 0x60000000 0 0x20000000>; };
	reserved-memory {
		#address-cells = <2>;
		#size-cells = <2>;
		ranges;
		firmware: firmware@50000000 { reg = <0 0x50000000 0 0x1800>; no-map; };
		pool { size = <0 0x100000>; };
	};
	gic: interrupt-controller@8000000 {
		compatible = "arm,gic-v3";
		#interrupt-cells = <3>;
		#address-cells = <2>;
		#size-cells = <2>;
		ranges;
		interrupt-controller;
		interrupts = <1 9 4>;
		reg = <0 0x8000000 0 0x10000>, <0 0x80a0000 0 0x100000>;
		its: its@8080000 { compatible = "arm,gic-v3-its"; reg = <0 0x8080000 0 0x20000>; msi-controller; #msi-cells = <1>; };
	};
	osc: osc { compatible = "fixed-clock"; #clock-cells = <0>; clock-frequency = <24000000>; };
	vcc: vcc { compatible = "regulator-fixed"; regulator-name = "vcc"; gpio = <&gpio 3 0>; };
	keys { compatible = "gpio-keys"; power { gpios = <&gpio 5 1>; linux,code = <116>; }; };
	soc {
		compatible = "simple-bus";
		#address-cells = <1>;
		#size-cells = <1>;
		ranges = <0x7e000000 0 0x9000000 0x100000>, <0x10000000 0x1 0x00000000 0x1000000>;
		dma-coherent;
		uart: serial@7e000000 {
			compatible = "arm,pl011", "arm,primecell";
			reg = <0x7e000000 0x1000>;
			interrupts = <0 1 4>;
			clocks = <&osc>, <&osc>;
			clock-names = "uartclk", "apb_pclk";
		};
		clk: clock@7e001000 { compatible = "pinion,clock"; reg = <0x7e001000 0x100>; #clock-cells = <1>; clocks = <&osc>; };
		gpio: gpio@7e002000 {
			compatible = "pinion,gpio";
			reg = <0x7e002000 0x1000>;
			interrupts = <0 2 1>;
			gpio-controller;
			#gpio-cells = <2>;
			interrupt-controller;
			#interrupt-cells = <2>;
			gpio-ranges = <&gpio 0 0 32>;
			bank: pins { pins = "gpio1", "gpio2"; };
			hog { gpio-hog; gpios = <7 0>; output-high; };
		};
		mmc@7e003000 {
			compatible = "pinion,mmc";
			reg = <0x7e003000 0x200>, <0x7f000000 0x100>;
			interrupts-extended = <&gic 0 3 4>, <&gpio 9 8>;
			clocks = <&clk 5>, <&osc>;
			clock-names = "core", "bus";
			resets = <&reset 1>;
			dmas = <&reset 1>;
			vmmc-supply = <&vcc>;
			pinctrl-names = "default";
			pinctrl-0 = <&bank>;
			memory-region = <&firmware>;
			cd-gpios = <&gpio 11 1>;
			mac = [00 11 22 33 44];
			status = "disabled";
		};
		i2c@7e004200 {
			compatible = "pinion,i2c";
			reg = <0x7e004200 0x100>;
			#address-cells = <1>;
			#size-cells = <0>;
			interrupt-parent = <&mux>;
			interrupts = <4>;
			rtc@68 { compatible = "nxp,pcf8523"; reg = <0x68>; interrupt-parent = <&gpio>; interrupts = <1 2>; };
		};
		i2c@7e004300 { compatible = "pinion,i2c"; reg = <0x7e004300 0x100>; interrupt-parent = <&mux>; interrupts = <9>; };
		mux: mux {
			#interrupt-cells = <1>;
			#address-cells = <0>;
			interrupt-map = <4 &gic 0 0 0 40 4>, <5 &gpio 1 2>;
			interrupt-map-mask = <0xff>;
		};
		block@10000000 {
			compatible = "pinion,block", "simple-mfd";
			reg = <0x10000000 0x1000>;
			#address-cells = <1>;
			#size-cells = <1>;
			ranges = <0 0x10000000 0x1000>;
			reset: reset { compatible = "pinion,reset"; #reset-cells = <1>; };
			part@800 { compatible = "pinion,part"; reg = <0x800 0x100>; interrupts = <0 41 4>, <2 5 4>; };
		};
	};
	pcie@3000000 {
		compatible = "pci-host-ecam-generic";
		device_type = "pci";
		#address-cells = <3>;
		#size-cells = <2>;
		#interrupt-cells = <1>;
		reg = <0 0x3000000 0 0x1000000>;
		ranges = <0x2000000 0 0x10000000 0 0x10000000 0 0x1000000>;
		interrupt-map-mask = <0 0 0 7>;
		interrupt-map = <0 0 0 1 &gic 0 0 0 50 4>, <0 0 0 2 &gic 0 0 0 51 4>;
		msi-map = <0 &its 0 0x10000>;
	};
};
"""


def blob(text: str = BOARD) -> bytes:
    """A device tree blob."""
    return compile_source(text)
