package sarifcheck

// The limits of GitHub's code scanning: "SARIF support for code scanning", under
// "Validating your SARIF file" and "SARIF file exceeded limits".
const (
	maxPacked     = 10_000_000 // bytes of the compressed file; GitHub says 10 MB
	maxRuns       = 20
	maxResults    = 25_000 // per run
	maxRules      = 25_000 // per run
	maxExtensions = 100    // per run
	maxLocations  = 1000   // per result
	maxFlow       = 10_000 // thread-flow locations per result
	maxTags       = 20     // per rule
	maxText       = 1024   // characters of a rule's description
	maxName       = 255    // characters of a rule's name
	shownResults  = 5000
)

// A rule is one thing that is looked at.
type rule struct {
	id     string
	effect Effect
	does   string // what GitHub does
	mend   string
}

// ruleOf returns the rule of an id that the code has.
func ruleOf(id string) rule {
	for _, r := range rules() {
		if r.id == id {
			return r
		}
	}
	panic("sarifcheck: no rule " + id)
}

// rules is everything that is looked at: what the format asks for, then the limits,
// then what GitHub asks for, from the whole to its parts.
func rules() []rule {
	return append(append(formRules(), limitRules()...), append(fileRules(), append(ruleRules(), resultRules()...)...)...)
}

func formRules() []rule {
	return []rule{
		{"byte-order-mark", Rejected, "The file cannot be read as JSON.", "Write UTF-8 without a byte order mark."},
		{"schema", Rejected, "The file is not valid SARIF.", "Write what the schema of SARIF 2.1.0 has there."},
		{"schema-uri", Ignored, "The upload warns, and nothing is linked.", "Write a valid URI, with its scheme where it is not relative."},
		{"duplicate-member", Ignored, "The last of them counts alone.", "Write each member once."},
	}
}

func limitRules() []rule {
	return []rule{
		{"too-large", Rejected, "More than 10 MB, compressed, are not taken.", "Write several files, each with an automationDetails.id of its own."},
		{"too-many-runs", Rejected, "More than 20 runs are not taken.", "Write several files."},
		{"too-many-results", Rejected, "More than 25,000 results of a run are not taken.", "Write several files, each with an automationDetails.id of its own."},
		{"too-many-rules", Rejected, "More than 25,000 rules of a run are not taken.", "Name the rules alone that have results."},
		{"too-many-extensions", Rejected, "More than 100 extensions of a tool are not taken.", "Name the extensions alone whose rules have results."},
		{"too-many-locations", Truncated, "100 of more than 1,000 locations are kept.", "Make several results, or name the first places alone."},
		{"too-many-flow-locations", Truncated, "1,000 of more than 10,000 thread-flow locations are kept.", "Leave out steps of the flow."},
		{"too-many-tags", Truncated, "10 of more than 20 tags are kept.", "Give a rule 10 tags at most, security among the first."},
	}
}

func fileRules() []rule {
	return []rule{
		{"log-schema", Ignored, "The version of the format is unknown to whatever else reads the file.", `Name the schema: "$schema": "https://json.schemastore.org/sarif-2.1.0.json".`},
		{"log-version", Rejected, "No other version is taken.", `Write "version": "2.1.0".`},
		{"log-runs", Rejected, "There is no analysis in the file.", "Write a run, whose results may be empty."},
		{"run-results", Rejected, "Without results it is no analysis, and old alerts stay open.", `Write "results": [] when nothing was found.`},
		{"run-category", Ignored, "What has no slash names no category: analyses of one tool replace each other.", `Write a category and a slash, as in "history/".`},
		{"run-twice", Rejected, "Two analyses of one tool and category are not taken in one upload.", "Give each an automationDetails.id of its own."},
		{"run-columns", Ignored, "Columns are taken as UTF-16 code units, and others mark the wrong text.", `Count so, and write "columnKind": "utf16CodeUnits".`},
		{"driver-name", Rejected, "An analysis of a tool without a name is not taken.", "Write tool.driver.name."},
		{"driver-version", Ignored, "A version that is not semantic cannot be compared.", "Write three numbers, as in 1.2.3, without a letter before them."},
	}
}

func ruleRules() []rule {
	return []rule{
		{"rule-id", Rejected, "A rule without an id is not taken.", "Write an id that stays from one version of the tool to the next."},
		{"rule-twice", Rejected, "Two rules of one id are not taken.", "Describe each rule once."},
		{"rule-short-description", Ignored, "Alerts need it for their title, in at most 1,024 characters.", "Write shortDescription.text."},
		{"rule-full-description", Ignored, "Alerts need it for their text, in at most 1,024 characters.", "Write fullDescription.text."},
		{"rule-help", Ignored, "The alert says nothing of what to do.", "Write help.text, and help.markdown if you like."},
		{"rule-name", Truncated, "A name has 255 characters at most.", "Shorten it."},
		{"rule-level", Ignored, "The level is unknown: results without one of their own are warnings.", "Write note, warning or error."},
		{"rule-precision", Ignored, "The precision is unknown, and does not order alerts.", "Write very-high, high, medium, low or very-low."},
		{"rule-problem-severity", Ignored, "The severity is unknown, and does not order alerts.", "Write error, warning or recommendation."},
		{"rule-security-severity", Ignored, "The alert has no security severity.", "Write a number above 0, at most 10, as a string, as in \"8.0\"."},
		{"rule-security-tag", Ignored, "Without the tag security the alert has no security severity.", `Add "security" to properties.tags.`},
	}
}

func resultRules() []rule {
	return []rule{
		{"result-rule", Rejected, "A result without a rule is not taken.", "Write ruleId."},
		{"result-rule-index", Ignored, "The result is shown without its rule, or with another.", "Let ruleIndex point at the rule that ruleId names."},
		{"result-level", Ignored, "Every result without a level is a warning.", "Write level, or defaultConfiguration.level of its rule."},
		{"result-message", Rejected, "A result without a text is not taken.", "Write message.text."},
		{"result-location", Rejected, `It says "expected artifact location".`, "Give each result a place: for what lies in no file, line 1 of a file that exists."},
		{"location-uri", Rejected, `It says "expected artifact location".`, "Write physicalLocation.artifactLocation.uri."},
		{"location-line", Rejected, "A place without a line from 1 is not taken.", "Write region.startLine, 1 for a file as a whole."},
		{"location-region", Rejected, "Columns and lines begin at 1, and an end lies behind its beginning.", "Count from 1; endColumn is the column after the last character."},
		{"uri-absolute", Rejected, "One address that is not a file's makes it refuse the whole upload.", "Write the path below the root of the repository."},
		{"uri-root", Ignored, "What does not lie below the root of the repository is not shown.", "Write the path below the root of the repository, without a slash before it."},
		{"uri-parent", Ignored, "What leads out of the repository is not shown.", "Write the path below the root of the repository, without .. in it."},
		{"uri-backslash", Ignored, "No file has this name, and the result is not shown.", "Write forward slashes."},
		{"uri-encoding", Ignored, "The address is not valid, and the file may not be found.", "Percent-encode the path as UTF-8: a space is %20."},
		{"uri-member", Ignored, "No file has this name, and the result is not shown.", "Write the archive's path, and the member into the message and logicalLocations."},
		{"uri-object", Ignored, "The name of an object is no path, and the result is not shown.", "Name the file, or line 1 of one that exists."},
		{"line-hash", Ignored, "Nothing tells the alert from others when its line moves.", "Write partialFingerprints.primaryLocationLineHash, as in 39fa2ee980eb94b0:1."},
		{"personal-data", Ignored, "The fingerprint is not used, and whoever sees the alert can read who wrote the line.", "Leave out names, addresses and messages."},
		{"secret", Ignored, "Whoever sees the alert, or downloads the file, can read the secret.", "Mask secrets in every text."},
	}
}
