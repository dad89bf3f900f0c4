//go:build linux

package measure

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// Profile makes `ipfs add` split files as storage.Default does.
var Profile = []string{"--cid-version=1", "--raw-leaves", "--chunker=size-262144", "--max-file-links=174"}

// Repo is a repository of a real Kubo, the ipfs of $DECLOUD_KUBO (see
// storage/kubo/testdata/build.sh). It connects only to peers that it is given.
type Repo struct {
	t   *testing.T
	bin string
	Dir string
}

// NewRepo creates an empty repository in dir. sync makes its block store wait
// for the disk, which is not Kubo's default.
func NewRepo(t *testing.T, dir string, sync bool) *Repo {
	t.Helper()
	bin := os.Getenv("DECLOUD_KUBO")
	require.NotEmpty(t, bin, "set DECLOUD_KUBO to an ipfs binary; storage/kubo/testdata/build.sh builds one")
	dir = filepath.Join(dir, "repo")
	r := &Repo{t: t, bin: bin, Dir: dir}
	r.Out("init", "--empty-repo")
	file := filepath.Join(dir, "config")
	config, err := os.ReadFile(file)
	require.NoError(t, err)
	require.Contains(t, string(config), `"sync": false`, "Kubo's default has changed")
	if sync {
		require.NoError(t, os.WriteFile(file, bytes.Replace(config, []byte(`"sync": false`), []byte(`"sync": true`), 1), 0o600))
	}
	for key, value := range map[string]string{
		"Bootstrap": "[]", "AutoConf.Enabled": "false", "AutoTLS.Enabled": "false", "Discovery.MDNS.Enabled": "false", "Routing.Type": `"none"`,
		"Addresses.Swarm": `["/ip4/127.0.0.1/tcp/0"]`, "Addresses.API": `"/ip4/127.0.0.1/tcp/0"`, "Addresses.Gateway": `"/ip4/127.0.0.1/tcp/0"`,
	} {
		r.Out("config", "--json", key, value)
	}
	return r
}

// Command returns an ipfs command over the repository.
func (r *Repo) Command(args ...string) *exec.Cmd {
	cmd := exec.Command(r.bin, args...)
	cmd.Env = append(os.Environ(), "IPFS_PATH="+r.Dir)
	return cmd
}

// Out runs an ipfs command and returns what it prints.
func (r *Repo) Out(args ...string) string {
	r.t.Helper()
	out, err := r.Command(args...).CombinedOutput()
	require.NoError(r.t, err, "ipfs %v: %s", args, out)
	return strings.TrimSpace(string(out))
}

// Daemon is a running Kubo.
type Daemon struct {
	*Repo
	Pid  int
	Stop func()
}

// Start runs the repository's daemon until Stop, or the end of the test.
func (r *Repo) Start() *Daemon {
	r.t.Helper()
	cmd := r.Command("daemon")
	var log bytes.Buffer
	cmd.Stdout, cmd.Stderr = &log, &log
	require.NoError(r.t, cmd.Start())
	d := &Daemon{Repo: r, Pid: cmd.Process.Pid}
	stopped := false
	d.Stop = func() {
		if stopped {
			return
		}
		stopped = true
		_ = cmd.Process.Signal(os.Interrupt)
		_ = cmd.Wait() // status 1 if it was interrupted
	}
	r.t.Cleanup(d.Stop)
	for deadline := time.Now().Add(time.Minute); !strings.Contains(readFile(r.Dir, "api"), "/tcp/") || readFile(r.Dir, "gateway") == ""; {
		if time.Now().After(deadline) {
			d.Stop()
			r.t.Fatalf("the daemon does not listen after a minute:\n%s", &log)
		}
		<-time.After(20 * time.Millisecond)
	}
	return d
}

// Gateway returns the address of the daemon's gateway.
func (d *Daemon) Gateway() string { return strings.TrimSuffix(readFile(d.Dir, "gateway"), "/") }

// Address returns the multiaddr by which peers reach the daemon over TCP.
func (d *Daemon) Address() string {
	for line := range strings.SplitSeq(d.Out("id", "-f=<addrs>"), "\n") {
		if strings.Contains(line, "/ip4/127.0.0.1/tcp/") && !strings.Contains(line, "/ws") {
			return line
		}
	}
	d.t.Fatal("the daemon has no address")
	return ""
}

func readFile(dir, name string) string {
	text, _ := os.ReadFile(filepath.Join(dir, name))
	return strings.TrimSpace(string(text))
}
