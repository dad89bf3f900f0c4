// Package fulldisk lets tests run with a disk that takes no more than so many bytes a file. It does so on Linux only.
package fulldisk
