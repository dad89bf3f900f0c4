package app

import (
	"runtime/debug"
	"strings"
)

// module is the one whose version the apps have.
const module = "github.com/decloud-sdk/decloud-go"

// version tells what an app was built of: the module's version, the commit where it was
// built in a repository, and Go's version.
func version(info *debug.BuildInfo, ok bool) string {
	if !ok {
		return "(built without module information)"
	}
	of, parts := info.Main.Version, []string{}
	for _, dep := range info.Deps {
		if dep.Path == module { // an app of another module
			of = dep.Version
		}
	}
	if of == "" {
		of = "(devel)"
	}
	for _, s := range info.Settings {
		switch {
		case s.Key == "vcs.revision":
			parts = append(parts, "commit "+s.Value[:min(len(s.Value), 12)])
		case s.Key == "vcs.modified" && s.Value == "true":
			parts = append(parts, "with changes")
		}
	}
	return of + " (" + strings.Join(append(parts, info.GoVersion), ", ") + ")"
}
