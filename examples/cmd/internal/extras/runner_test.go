package extras

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/examples/internal/app"
	"github.com/decloud-sdk/decloud-go/packagefmt"
)

// pythonEnv is the environment with onnxruntime that .ci/install makes.
func pythonEnv(t *testing.T) string {
	cache, err := os.UserCacheDir()
	require.NoError(t, err)
	dir := filepath.Join(cache, "decloud-ci", "onnxruntime")
	if _, err := os.Stat(dir); err != nil {
		t.Skip("no ONNX Runtime: .ci/install gets one")
	}
	return dir
}

// runner is what the setting gives, with the notes about it.
func runner(t *testing.T, extras app.Extras, setting string) (packagefmt.Runner, string, error) {
	t.Helper()
	var setter string
	require.NoError(t, app.RunnerSetting(&setter).Value.Set(setting))
	var notes bytes.Buffer
	c := &app.Call{App: &app.App{Name: "decloud-trainer", Extras: extras}, Err: &notes}
	r, done, err := c.Runner(setter)
	if err == nil {
		t.Cleanup(done)
	}
	return r, notes.String(), err
}

func TestTheRunnerThatIsSet(t *testing.T) {
	with, dir := app.Extras{Runner: newRunner}, pythonEnv(t)
	t.Setenv("DECLOUD_ONNXRUNTIME", dir)
	for _, setting := range []string{"", "auto", "CPU", dir} {
		r, notes, err := runner(t, with, setting)
		require.NoError(t, err, setting)
		require.NotNil(t, r, setting)
		require.Regexp(t, `encoders run on ONNX Runtime 1\.\d+\.\d+ on CPU.*: /.*libonnxruntime`, notes)
	}
	for _, extras := range []app.Extras{with, {}} {
		r, notes, err := runner(t, extras, "off")
		require.NoError(t, err)
		require.Nil(t, r)
		require.Empty(t, notes)
	}

	t.Setenv("DECLOUD_ONNXRUNTIME", filepath.Join(t.TempDir(), "absent.so"))
	r, notes, err := runner(t, with, "auto")
	require.NoError(t, err, "what is not asked for stops nobody")
	require.Nil(t, r)
	require.Contains(t, notes, "absent.so")
	_, _, err = runner(t, with, "cpu")
	require.ErrorContains(t, err, "absent.so")

	r, notes, err = runner(t, app.Extras{}, "auto")
	require.NoError(t, err)
	require.Nil(t, r)
	require.Empty(t, notes)
	_, _, err = runner(t, app.Extras{}, "cpu")
	require.ErrorContains(t, err, "go install github.com/decloud-sdk/decloud-go/examples/cmd/decloud-trainer@latest")
}
