package onnxruntime

import (
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
)

// Variables are the environment variables that name the library, the first that is set: this project's, and the one that
// Rust's ort uses.
var Variables = []string{"DECLOUD_ONNXRUNTIME", "ORT_DYLIB_PATH"}

// Find returns the files that may be ONNX Runtime's library, those that are asked first in front: where package managers put it,
// or what one of [Variables] names. No file is opened.
func Find() []string { return find(os.Getenv, runtime.GOOS, runtime.GOARCH) }

func find(env func(string) string, goos, arch string) []string {
	for _, name := range Variables {
		if path := env(name); path != "" {
			return at(path, goos)
		}
	}
	var found []string
	for _, pattern := range patterns(env, goos, arch) {
		found = append(found, newestFirst(pattern)...)
	}
	return unique(found)
}

// at are the files that a path stands for: itself, or those in a folder of a distribution or a Python environment.
func at(path, goos string) []string {
	if info, err := os.Stat(path); err != nil || !info.IsDir() {
		return []string{path}
	}
	var found []string
	for _, below := range append([]string{"", "lib", "bin", "onnxruntime/capi"}, wheels(goos)...) {
		found = append(found, newestFirst(filepath.Join(path, below, library(goos)))...)
	}
	return unique(found)
}

// library is a pattern of the file's name.
func library(goos string) string {
	switch goos {
	case "windows":
		return "onnxruntime.dll"
	case "darwin":
		return "libonnxruntime*.dylib"
	}
	return "libonnxruntime.so*"
}

// wheels are the folders of the wheel in a Python environment.
func wheels(goos string) []string {
	if goos == "windows" {
		return []string{"Lib/site-packages/onnxruntime/capi"}
	}
	return []string{"lib/python3*/site-packages/onnxruntime/capi", "lib/python3*/dist-packages/onnxruntime/capi", "lib/python3/dist-packages/onnxruntime/capi"}
}

// patterns of the files, in order. On Windows the system's directory is left out: what lies there belongs to Windows, and is old.
func patterns(env func(string) string, goos, arch string) (list []string) {
	name := library(goos)
	prefixes := []string{env("VIRTUAL_ENV"), env("CONDA_PREFIX")}
	if goos == "windows" {
		for _, dir := range []string{"APPDATA", "LOCALAPPDATA"} {
			if root := env(dir); root != "" {
				list = append(list, filepath.Join(root, "Python", "Python3*", "site-packages", "onnxruntime", "capi", name),
					filepath.Join(root, "Programs", "Python", "Python3*", wheels(goos)[0], name))
			}
		}
	} else {
		if home := env("HOME"); home != "" {
			prefixes = append(prefixes, filepath.Join(home, ".local"))
		}
		prefixes = append(prefixes, "/usr/local", "/usr", "/opt/homebrew")
	}
	for _, prefix := range prefixes {
		if prefix == "" {
			continue
		}
		for _, wheel := range wheels(goos) {
			list = append(list, filepath.Join(prefix, wheel, name))
		}
		if goos != "windows" {
			list = append(list, filepath.Join(prefix, "lib", name), filepath.Join(prefix, "lib64", name), filepath.Join(prefix, "lib", "*-linux-gnu", name))
		}
	}
	machine := map[string]string{"amd64": "x64"}[arch]
	if machine == "" {
		machine = arch
	}
	for _, modules := range []string{env("NODE_PATH"), "/usr/local/lib/node_modules", "/usr/lib/node_modules", "/opt/homebrew/lib/node_modules"} {
		if filepath.IsAbs(modules) {
			list = append(list, filepath.Join(modules, "onnxruntime-node", "bin", "napi-v*", map[string]string{"windows": "win32"}[goos]+map[bool]string{true: goos}[goos != "windows"], machine, name))
		}
	}
	return list
}

// newestFirst are the files of a pattern; of one folder the longest names first: libonnxruntime.so.1.23.2 in front of the link
// libonnxruntime.so. What belongs to another name (libonnxruntime_providers_shared.so) is no match.
func newestFirst(pattern string) []string {
	found, err := filepath.Glob(pattern)
	if err != nil {
		return nil
	}
	found = slices.DeleteFunc(found, func(path string) bool { return strings.Contains(filepath.Base(path), "providers") })
	slices.Sort(found)
	slices.Reverse(found)
	return found
}

// unique drops files that are the same by other links.
func unique(paths []string) (list []string) {
	seen := map[string]bool{}
	for _, path := range paths {
		real, err := filepath.EvalSymlinks(path)
		if err == nil && !seen[real] {
			seen[real] = true
			list = append(list, path)
		}
	}
	return list
}
