package app

import (
	"runtime/debug"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestVersion(t *testing.T) {
	for _, c := range []struct {
		info *debug.BuildInfo
		want string
	}{
		{nil, "(built without module information)"},
		{&debug.BuildInfo{GoVersion: "go1.26.8", Main: debug.Module{Path: module}}, "(devel) (go1.26.8)"},
		{&debug.BuildInfo{GoVersion: "go1.26.8", Main: debug.Module{Path: module, Version: "v0.3.0"}}, "v0.3.0 (go1.26.8)"},
		{&debug.BuildInfo{GoVersion: "go1.26.8", Main: debug.Module{Path: module + "/examples/cmd", Version: "v0.1.0"},
			Deps: []*debug.Module{{Path: module, Version: "v0.3.0"}}}, "v0.3.0 (go1.26.8)"},
		{&debug.BuildInfo{GoVersion: "go1.26.8", Main: debug.Module{Path: module, Version: "(devel)"},
			Settings: []debug.BuildSetting{{Key: "vcs.revision", Value: "0123456789abcdef0123"}, {Key: "vcs.modified", Value: "true"}}},
			"(devel) (commit 0123456789ab, with changes, go1.26.8)"},
	} {
		require.Equal(t, c.want, version(c.info, c.info != nil))
	}
	r := typed(t.Context(), nil, "", "--version")
	require.Zero(t, r.code)
	require.Regexp(t, `^decloud-test \S+ \(.*\)\n$`, r.out)
}
