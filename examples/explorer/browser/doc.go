// Package browser tests the explorer's page in a real browser, Chromium, against a real chain: what it shows is what the chain
// says. It needs Node 20, Chromium, and the package that `npm ci` installs here. DECLOUD_SCREENSHOTS names a directory that gets
// pictures of the page.
package browser
