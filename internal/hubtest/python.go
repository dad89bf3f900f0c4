package hubtest

import (
	"context"
	_ "embed"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

//go:embed client.py
var script string

// Python is a Python with huggingface_hub, Hugging Face's own client: DECLOUD_HUB_PYTHON, or the one that .ci/install makes.
// The error says why there is none.
func Python() (string, error) {
	python := os.Getenv("DECLOUD_HUB_PYTHON")
	if python == "" {
		cache, err := os.UserCacheDir()
		if err != nil {
			return "", err
		}
		python = filepath.Join(cache, "decloud-ci", "hub", "bin", "python")
	}
	if out, err := exec.Command(python, "-c", "import huggingface_hub").CombinedOutput(); err != nil {
		return "", fmt.Errorf("no Python with huggingface_hub: .ci/install makes one (%w %s)", err, out)
	}
	return python, nil
}

// Client has Hugging Face's client do what client.py says, as somebody with a token and a home, and returns what it prints last.
func (h *Hub) Client(ctx context.Context, python, home, token string, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, python, append([]string{"-"}, args...)...)
	cmd.Stdin = strings.NewReader(script)
	cmd.Env = append(os.Environ(), "HF_ENDPOINT="+h.API.URL, "HF_TOKEN="+token, "HF_HOME="+home, "HF_HUB_DISABLE_XET=1", "HF_HUB_DISABLE_TELEMETRY=1", "HF_HUB_DISABLE_PROGRESS_BARS=1",
		"HTTP_PROXY=", "http_proxy=", "NO_PROXY=127.0.0.1")
	out, err := cmd.CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("client.py %v: %w\n%s", args, err, out)
	}
	lines := strings.Split(strings.TrimSpace(string(out)), "\n")
	return lines[len(lines)-1], nil
}
