// tenon completion: scripts with which shells complete the command line. What they know of options comes from the subcommands'
// own grammars; of subcommands with another kind of grammar they know the word.
#include <fmt/format.h>

#include "tool.h"

namespace tenon::cli {
namespace {

struct Word {
  std::string text;
  std::string help;
};

/// A subcommand, or a subcommand of one.
struct Node {
  std::vector<std::string> path;  ///< the words before
  std::vector<Word> words;        ///< subcommands
  std::vector<ToolOption> options;
};

struct Row {
  std::string_view word;
  Tool owner;
  int (*run)(const CommandLine&);
  std::string_view help;
};
constexpr Row kRows[] = {
#define COMMAND(name, word, owner, help) {word, Tool::owner, command_##name, help},
#define ALIAS(name, word, owner) {word, Tool::owner, command_##name, "another word for " #name},
#include "commands.def"
};

// Subcommands that have subcommands.
constexpr std::pair<std::string_view, std::string_view> kInner[] = {{"metadata", "show"}, {"metadata", "add"}};

std::vector<ToolOption> options_of(const CommandLine& line) {
  std::vector<ToolOption> out;
  set_grammar_visitor([&](const ToolOption& option) { out.push_back(option); });
  for (const Row& row : kRows)
    if (row.run && row.word == line.word && row.owner == Tool::WasmTools) {
      row.run(line);
      break;
    }
  set_grammar_visitor({});
  return out;
}

std::vector<Node> collect(const CommandLine& line) {
  Node top;
  top.options = {{'h', "help", "", "print help"}, {'V', "version", "", "print version"}};
  std::vector<Node> out;
  for (const Row& row : kRows) {
    bool known = row.run && (line.tool == Tool::Tenon || line.tool == row.owner);
    for (const Word& word : top.words) known = known && word.text != row.word;
    if (!known) continue;
    top.words.push_back({std::string(row.word), std::string(row.help)});
    Node node{{std::string(row.word)}, {}, {}};
    std::vector<Node> inner;
    for (auto [outer, word] : kInner) {
      if (outer != row.word) continue;
      node.words.push_back({std::string(word), std::string(row.help)});
      const std::string args[] = {std::string(word)};
      inner.push_back({{std::string(outer), std::string(word)}, {}, options_of({line.tool, line.program, row.word, args})});
    }
    if (row.owner == Tool::WasmTools && node.words.empty()) node.options = options_of({line.tool, line.program, row.word, {}});
    out.push_back(std::move(node));
    for (Node& child : inner) out.push_back(std::move(child));
  }
  top.words.push_back({"help", "print this, or the help of a command"});
  out.insert(out.begin(), std::move(top));
  return out;
}

std::string join(const std::vector<std::string>& words, std::string_view between) {
  std::string out;
  for (const std::string& word : words) out += (out.empty() ? "" : std::string(between)) + word;
  return out;
}

// The program's name as part of a shell function's.
std::string function_name(std::string_view program) {
  std::string out(program);
  for (char& c : out)
    if (c == '-') c = '_';
  return out;
}

// Text in single quotes, where `quote` stands for a quote.
std::string quoted(std::string_view text, std::string_view quote) {
  std::string out = "'";
  for (char c : text) {
    if (c == '\'')
      out += quote;
    else
      out += c;
  }
  return out + "'";
}

std::vector<std::string> forms(const ToolOption& option) {
  std::vector<std::string> out;
  if (option.letter) out.push_back(std::string("-") + option.letter);
  if (!option.name.empty()) out.push_back("--" + std::string(option.name));
  return out;
}

std::string bash(std::string_view program, const std::vector<Node>& nodes) {
  std::string function = function_name(program);
  std::string out = fmt::format(
      "_{}() {{\n"
      "    local cur=\"${{COMP_WORDS[COMP_CWORD]}}\" path='' words='' i\n"
      "    for ((i = 1; i < COMP_CWORD; ++i)); do\n"
      "        case \"$path ${{COMP_WORDS[i]}}\" in\n",
      function);
  for (const Node& node : nodes)
    if (!node.path.empty()) out += fmt::format("            ' {0}') path=' {0}' ;;\n", join(node.path, " "));
  out += "        esac\n    done\n    case \"$path\" in\n";
  for (const Node& node : nodes) {
    std::string words;
    for (const Word& word : node.words) words += word.text + " ";
    for (const ToolOption& option : node.options)
      for (const std::string& form : forms(option)) words += form + " ";
    if (!words.empty()) words.pop_back();
    out += fmt::format("        '{}{}') words='{}' ;;\n", node.path.empty() ? "" : " ", join(node.path, " "), words);
  }
  out += fmt::format(
      "    esac\n"
      "    COMPREPLY=($(compgen -W \"$words\" -- \"$cur\"))\n"
      "    if [[ -n \"$path\" && \"$cur\" != -* ]]; then\n"
      "        COMPREPLY+=($(compgen -f -- \"$cur\"))\n"
      "    fi\n"
      "}}\n\n"
      "complete -o filenames -o nosort -F _{0} {1}\n",
      function, program);
  return out;
}

std::string zsh(std::string_view program, const std::vector<Node>& nodes) {
  auto described = [](std::string_view word, std::string_view help) {
    std::string text(word);
    text += ':';
    for (char c : help) {
      if (c == ':' || c == '\\') text += '\\';
      text += c;
    }
    return quoted(text, "'\\''");
  };
  std::string out = fmt::format(
      "#compdef {0}\n\n"
      "_{1}() {{\n"
      "    local path='' word\n"
      "    local -a choices\n"
      "    for word in \"${{(@)words[2,CURRENT-1]}}\"; do\n"
      "        case \"$path $word\" in\n",
      program, function_name(program));
  for (const Node& node : nodes)
    if (!node.path.empty()) out += fmt::format("            ' {0}') path=' {0}' ;;\n", join(node.path, " "));
  out += "        esac\n    done\n    case \"$path\" in\n";
  for (const Node& node : nodes) {
    out += fmt::format("        '{}{}')\n            choices=(\n", node.path.empty() ? "" : " ", join(node.path, " "));
    for (const Word& word : node.words) out += fmt::format("                {}\n", described(word.text, word.help));
    for (const ToolOption& option : node.options)
      for (const std::string& form : forms(option)) out += fmt::format("                {}\n", described(form, option.help));
    out += "            )\n            ;;\n";
  }
  out += fmt::format(
      "    esac\n"
      "    _describe -t commands '{0}' choices\n"
      "    if [[ -n \"$path\" ]]; then\n"
      "        _files\n"
      "    fi\n"
      "}}\n\n"
      "if [[ \"$funcstack[1]\" = _{1} ]]; then\n"
      "    _{1} \"$@\"\n"
      "else\n"
      "    compdef _{1} {0}\n"
      "fi\n",
      program, function_name(program));
  return out;
}

std::string fish(std::string_view program, const std::vector<Node>& nodes) {
  std::string out;
  for (const Node& node : nodes) {
    std::string condition = node.path.empty() ? "__fish_use_subcommand" : "__fish_seen_subcommand_from " + node.path[0];
    if (node.path.size() == 2) condition += "; and __fish_seen_subcommand_from " + node.path[1];
    std::string inner;
    for (const Word& word : node.words) inner += " " + word.text;
    if (node.path.size() == 1 && !inner.empty()) condition += "; and not __fish_seen_subcommand_from" + inner;
    std::string start = fmt::format("complete -c {} -n {}", program, quoted(condition, "\\'"));
    for (const Word& word : node.words) out += fmt::format("{} -f -a {} -d {}\n", start, word.text, quoted(word.help, "\\'"));
    for (const ToolOption& option : node.options) {
      out += start;
      if (option.letter) out += fmt::format(" -s {}", option.letter);
      if (!option.name.empty()) out += fmt::format(" -l {}", option.name);
      if (!option.value.empty()) out += " -r";
      out += fmt::format(" -d {}\n", quoted(option.help, "\\'"));
    }
  }
  return out;
}

// elvish and PowerShell: a list of candidates for each path of words, joined by semicolons.
std::string elvish(std::string_view program, const std::vector<Node>& nodes) {
  std::string out = fmt::format(
      "use builtin\nuse str\n\n"
      "set edit:completion:arg-completer[{0}] = {{|@words|\n"
      "    fn cand {{|text desc|\n"
      "        edit:complex-candidate $text &display=$text'  '$desc\n"
      "    }}\n"
      "    var candidates = [\n",
      program);
  for (const Node& node : nodes) {
    out += fmt::format("        &'{}'= {{\n", join(node.path, ";"));
    for (const Word& word : node.words) out += fmt::format("            cand {} {}\n", word.text, quoted(word.help, "''"));
    for (const ToolOption& option : node.options)
      for (const std::string& form : forms(option))
        out += fmt::format("            cand {} {}\n", form, quoted(option.help, "''"));
    out += "        }\n";
  }
  out +=
      "    ]\n"
      "    var path = ''\n"
      "    for word $words[1..-1] {\n"
      "        var longer = (if (eq $path '') { put $word } else { put $path';'$word })\n"
      "        if (has-key $candidates $longer) {\n"
      "            set path = $longer\n"
      "        }\n"
      "    }\n"
      "    $candidates[$path]\n"
      "    if (not-eq $path '') {\n"
      "        edit:complete-filename $words[-1]\n"
      "    }\n"
      "}\n";
  return out;
}

std::string powershell(std::string_view program, const std::vector<Node>& nodes) {
  std::string out = fmt::format(
      "using namespace System.Management.Automation\n\n"
      "Register-ArgumentCompleter -Native -CommandName '{}' -ScriptBlock {{\n"
      "    param($wordToComplete, $commandAst, $cursorPosition)\n\n"
      "    $candidates = @{{\n",
      program);
  for (const Node& node : nodes) {
    out += fmt::format("        '{}' = @(\n", join(node.path, ";"));
    for (const Word& word : node.words)
      out += fmt::format("            ,@('{}', 'ParameterValue', {})\n", word.text, quoted(word.help, "''"));
    for (const ToolOption& option : node.options)
      for (const std::string& form : forms(option))
        out += fmt::format("            ,@('{}', 'ParameterName', {})\n", form, quoted(option.help, "''"));
    out += "        )\n";
  }
  out +=
      "    }\n"
      "    $path = ''\n"
      "    foreach ($element in $commandAst.CommandElements | Select-Object -Skip 1) {\n"
      "        $longer = if ($path) { \"$path;$element\" } else { \"$element\" }\n"
      "        if ($candidates.ContainsKey($longer)) { $path = $longer }\n"
      "    }\n"
      "    $candidates[$path] | Where-Object { $_[0] -like \"$wordToComplete*\" } | ForEach-Object {\n"
      "        [CompletionResult]::new($_[0], $_[0], [CompletionResultType]$_[1], $_[2])\n"
      "    }\n"
      "}\n";
  return out;
}

}  // namespace

int command_completion(const CommandLine& line) {
  int exit = 0;
  auto arguments =
      ToolArguments::parse(line,
                           {.summary = "Print a script with which a shell completes command lines: bash, elvish, fish, "
                                       "powershell or zsh.",
                            .positionals = "<SHELL>",
                            .min_positionals = 1,
                            .output = false},
                           exit);
  if (!arguments) return exit;
  constexpr std::pair<std::string_view, std::string (*)(std::string_view, const std::vector<Node>&)> kShells[] = {
      {"bash", bash}, {"elvish", elvish}, {"fish", fish}, {"powershell", powershell}, {"zsh", zsh}};
  for (auto [shell, write] : kShells)
    if (arguments->positional(0) == shell) return arguments->write(write(line.program, collect(line)));
  return report_usage(fmt::format("invalid value '{}' for '<SHELL>'\n  [possible values: bash, elvish, fish, powershell, zsh]",
                                  arguments->positional(0)),
                      "");
}

}  // namespace tenon::cli
