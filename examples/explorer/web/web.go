// Package web holds the explorer's page: HTML, CSS and JavaScript modules as a browser loads them, without a build step.
package web

import "embed"

// Files are the page's files.
//
//go:embed *.html *.css *.js *.svg
var Files embed.FS
