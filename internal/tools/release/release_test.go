package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/mod/module"
	"golang.org/x/mod/semver"
	"golang.org/x/mod/zip"
)

const top = "../../.."

// Every public module can be fetched by others once its release is tagged: it requires a version of the root that can
// exist, and lies where its path says.
func TestModulesCanBeReleased(t *testing.T) {
	modules, err := nested(top)
	require.NoError(t, err)
	require.NotEmpty(t, modules)
	for _, m := range modules {
		require.Equal(t, m.path(), m.file.Module.Mod.Path)
		if v := m.required(); v != "" {
			require.True(t, semver.IsValid(v) && v != "v0.0.0", "%s requires %s %s, which nobody can fetch: see CONTRIBUTING.md, Releasing", m.dir, rootModule, v)
		}
	}
}

// A program in a module of its own gets the root and every other module from a proxy that holds this commit under the
// tags of a release, without any replace directive, and builds.
func TestOthersCanFetchAll(t *testing.T) {
	modules, err := nested(top)
	require.NoError(t, err)
	version := modules[0].required()
	proxy, program, cache, commit := t.TempDir(), t.TempDir(), moduleCache(t), checkout(t)
	publish(t, commit, proxy, rootModule, version, "")
	imports := []string{rootModule + "/storage"}
	for _, m := range modules {
		require.Equal(t, version, m.required(), "all are released together")
		publish(t, commit, proxy, m.path(), version, m.dir)
		if m.dir == commands {
			continue
		}
		imports = append(imports, m.path())
	}
	var source strings.Builder
	source.WriteString("package main\n\nimport (\n")
	for _, path := range imports {
		fmt.Fprintf(&source, "\t_ %q\n", path)
	}
	source.WriteString(")\n\nfunc main() {}\n")
	require.NoError(t, os.WriteFile(filepath.Join(program, "main.go"), []byte(source.String()), 0o644))
	bin, downloaded := t.TempDir(), t.TempDir()
	run := func(args ...string) {
		cmd := exec.CommandContext(t.Context(), "go", args...)
		cmd.Dir = program
		cmd.Env = append(os.Environ(), "GOWORK=off", "GOFLAGS=-mod=mod -modcacherw", "GONOSUMDB="+rootModule+"/*,"+rootModule, "GONOSUMCHECK=1", "GOSUMDB=off",
			"GOMODCACHE="+downloaded, "GOBIN="+bin, "GOPROXY=file://"+filepath.ToSlash(proxy)+",file://"+filepath.ToSlash(cache)+","+goEnv(t, "GOPROXY"))
		out, err := cmd.CombinedOutput()
		require.NoError(t, err, "go %s: %s", strings.Join(args, " "), out)
	}
	run("mod", "init", "example.com/program")
	get := []string{"get"}
	for _, path := range imports {
		get = append(get, path+"@"+version)
	}
	run(get...)
	run("list", "-deps", "./...")
	data, err := os.ReadFile(filepath.Join(program, "go.mod"))
	require.NoError(t, err)
	require.NotContains(t, string(data), "replace")

	// And one command installs an app, with all that is optional in it. (The others build in their module's own tests.)
	for _, name := range []string{"decloud-creator", "decloud-localnet"} {
		run("install", rootModule+"/"+commands+"/"+name+"@"+version)
		_, err := os.Stat(filepath.Join(bin, name))
		require.NoError(t, err)
	}
	out, err := exec.CommandContext(t.Context(), filepath.Join(bin, "decloud-creator"), "--version").Output()
	require.NoError(t, err)
	require.Contains(t, string(out), "decloud-creator "+version)
}

// commands is where the module of the apps lies.
const commands = "examples/cmd"

// moduleCache is where go keeps what it has downloaded, in the layout of a proxy.
func moduleCache(t *testing.T) string {
	return filepath.Join(goEnv(t, "GOMODCACHE"), "cache", "download")
}

func goEnv(t *testing.T, name string) string {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), "go", "env", name).Output()
	require.NoError(t, err)
	return strings.TrimSpace(string(out))
}

// checkout is a directory with the files of the current commit, and no others.
func checkout(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	archive := filepath.Join(t.TempDir(), "commit.tar")
	for _, args := range [][]string{{"git", "-C", top, "archive", "-o", archive, "HEAD"}, {"tar", "-xf", archive, "-C", dir}} {
		out, err := exec.CommandContext(t.Context(), args[0], args[1:]...).CombinedOutput()
		require.NoError(t, err, "%v: %s", args, out)
	}
	return dir
}

// publish writes a module of the commit that is checked out to a proxy's directory.
func publish(t *testing.T, commit, proxy, modulePath, version, dir string) {
	t.Helper()
	escaped, err := module.EscapePath(modulePath)
	require.NoError(t, err)
	at := filepath.Join(proxy, filepath.FromSlash(escaped), "@v")
	require.NoError(t, os.MkdirAll(at, 0o755))
	mod, err := os.ReadFile(filepath.Join(commit, filepath.FromSlash(dir), "go.mod"))
	require.NoError(t, err)
	write := func(name, text string) {
		require.NoError(t, os.WriteFile(filepath.Join(at, name), []byte(text), 0o644))
	}
	write("list", version+"\n")
	write(version+".mod", string(mod))
	write(version+".info", fmt.Sprintf(`{"Version":%q,"Time":%q}`, version, time.Unix(0, 0).UTC().Format(time.RFC3339)))
	f, err := os.Create(filepath.Join(at, version+".zip"))
	require.NoError(t, err)
	require.NoError(t, zip.CreateFromDir(f, module.Version{Path: modulePath, Version: version}, filepath.Join(commit, filepath.FromSlash(dir))))
	require.NoError(t, f.Close())
}

func TestReleaseSetsVersions(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) {
		file := filepath.Join(dir, name)
		require.NoError(t, os.MkdirAll(filepath.Dir(file), 0o755))
		require.NoError(t, os.WriteFile(file, []byte(text), 0o644))
	}
	write("go.mod", "module "+rootModule+"\n")
	write("a/b/go.mod", "module "+rootModule+"/a/b\n\nrequire "+rootModule+" v0.1.0\n\nreplace "+rootModule+" => ../..\n")
	write("a/c/go.mod", "module "+rootModule+"/a/c\n\nrequire "+rootModule+" v0.1.0\n\nrequire "+rootModule+"/a/b v0.1.0\n\nrequire example.com/x v0.1.0\n")
	write("internal/tools/go.mod", "module x\n\nrequire "+rootModule+" v0.1.0\n")
	require.NoError(t, release(dir, "v0.2.0"))
	data, err := os.ReadFile(filepath.Join(dir, "a/b/go.mod"))
	require.NoError(t, err)
	require.Contains(t, string(data), "require "+rootModule+" v0.2.0")
	data, err = os.ReadFile(filepath.Join(dir, "a/c/go.mod"))
	require.NoError(t, err)
	require.Contains(t, string(data), "require "+rootModule+"/a/b v0.2.0")
	require.Contains(t, string(data), "require example.com/x v0.1.0")
	data, err = os.ReadFile(filepath.Join(dir, "internal/tools/go.mod"))
	require.NoError(t, err)
	require.Contains(t, string(data), "v0.1.0", "nobody fetches it")
	for _, bad := range []string{"0.2.0", "v0.2", "v2.0.0", ""} {
		require.Error(t, release(dir, bad), bad)
	}
}
