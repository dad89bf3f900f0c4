//go:build !unix && !windows

package external

import "os/exec"

// runGroup runs a command; only the command itself is killed when its context ends.
func runGroup(cmd *exec.Cmd) error { return cmd.Run() }
