//go:build unix

package external

import (
	"os/exec"
	"syscall"
)

// runGroup runs a command in a process group of its own, so that a terminal's Ctrl-C does not reach it by itself. When its context
// ends, the group gets SIGTERM, and SIGKILL after cmd.WaitDelay; what the command leaves running when it ends gets SIGKILL in any case.
func runGroup(cmd *exec.Cmd) error {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGTERM) }
	if err := cmd.Start(); err != nil {
		return err
	}
	err := cmd.Wait()
	_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) // the group's name is taken as long as anything is in it
	return err
}
