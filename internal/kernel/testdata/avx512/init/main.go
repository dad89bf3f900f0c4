// Command init is the first process of the emulated machine (avx512.sh): it runs the commands of /run, one a line with the folder
// that each runs in before it, tells the first serial port what they print, and switches the machine off.
package main

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"syscall"
)

func main() {
	out := io.Writer(os.Stdout)
	for _, where := range []struct{ path, kind string }{{"/proc", "proc"}, {"/dev", "devtmpfs"}} {
		if err := syscall.Mount(where.kind, where.path, where.kind, 0, ""); err != nil {
			fmt.Fprintln(out, where.path, err)
		}
	}
	if port, err := os.OpenFile("/dev/ttyS0", os.O_WRONLY, 0); err == nil {
		out = port
	}
	if cpu, err := os.ReadFile("/proc/cpuinfo"); err != nil || !bytes.Contains(cpu, []byte("avx512dq")) {
		fmt.Fprintln(out, "FAILED: this machine has no AVX-512", err)
	}
	commands, _ := os.ReadFile("/run")
	for line := range strings.Lines(string(commands)) {
		words := strings.Fields(line)
		cmd := exec.Command(words[1], words[2:]...)
		cmd.Dir, cmd.Env, cmd.Stdout, cmd.Stderr = words[0], []string{"TMPDIR=/tmp"}, out, out
		if err := cmd.Run(); err != nil {
			fmt.Fprintln(out, "FAILED:", line, err)
		}
	}
	fmt.Fprintln(out, "DONE")
	_ = syscall.Reboot(syscall.LINUX_REBOOT_CMD_POWER_OFF)
}
