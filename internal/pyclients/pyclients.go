// Package pyclients finds a Python that has solana-py and solders, and tests that the local chain serves them. Tests only.
//
// It needs Python 3.9 or newer with the packages that the public kits are written against:
//
//	python3 -m venv VENV && VENV/bin/pip install --require-hashes -r internal/kitcompat/requirements.txt
//
// The interpreter is that in DECLOUD_KIT_PYTHON, else of the environment that .ci/install creates
// (~/.cache/decloud-ci/venv), else python3.
package pyclients

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// Python returns an interpreter that has the libraries. Without one the test is skipped, under CI=true it fails.
func Python(t testing.TB) string {
	t.Helper()
	candidates := []string{os.Getenv("DECLOUD_KIT_PYTHON")}
	if candidates[0] == "" {
		if cache, err := os.UserCacheDir(); err == nil {
			candidates = append(candidates, filepath.Join(cache, "decloud-ci", "venv", "bin", "python"))
		}
		candidates = append(candidates, "python3")
	}
	var problems []string
	for _, p := range candidates {
		if p == "" {
			continue
		}
		out, err := exec.Command(p, "-c", "import solana.rpc.api, solders, websockets.sync.client").CombinedOutput()
		if err == nil {
			return p
		}
		lines := strings.Split(strings.TrimSpace(string(out)), "\n")
		problems = append(problems, fmt.Sprintf("%s: %v %s", p, err, lines[len(lines)-1]))
	}
	const message = "solana-py and solders are not installed: run .ci/install, or see the documentation of internal/pyclients (%s)"
	if os.Getenv("CI") == "true" {
		t.Fatalf(message, strings.Join(problems, "; "))
	}
	t.Skipf(message, strings.Join(problems, "; "))
	return ""
}
