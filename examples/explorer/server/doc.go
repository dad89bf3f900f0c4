// Package server is the explorer's HTTP side: the page's files, and what package view reads of the chain as JSON.
//
// It answers GET alone, to addresses and localhost alone (so that a page of the net cannot read it by a name of its own that
// leads here), and tells browsers to load and run nothing but its own files. Answers are kept for a moment and shared, so that
// any number of open pages costs the node what one does.
package server
