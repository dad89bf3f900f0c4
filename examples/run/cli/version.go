package cli

import (
	"cmp"
	"os"
	"path/filepath"

	"github.com/decloud-sdk/decloud-go/examples/internal/app"
	"github.com/decloud-sdk/decloud-go/run/config"
)

// maxVersion is the longest client version, in bytes.
const maxVersion = 96

// The program sets a client version with the configuration, and psyche-solana-client
// takes it when it creates the run: it is remembered in between.

func versionFile(c *app.Call, runID string) string {
	return filepath.Join(c.Home, "client-versions", runID)
}

func rememberVersion(c *app.Call, runID, version string) error {
	path := versionFile(c, runID)
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	c.Note("update-config puts client version %s on chain, from this directory: %s", version, c.Home)
	return os.WriteFile(path, []byte(version), 0o600)
}

// versionOf is the one to set: the flag's, else the file's, else that of create-run.
func versionOf(c *app.Call, runID, flag string, file config.File) string {
	remembered, err := os.ReadFile(versionFile(c, runID))
	if err != nil {
		remembered = nil
	}
	return cmp.Or(flag, file.Config.ClientVersion, string(remembered[:min(len(remembered), maxVersion)]))
}
