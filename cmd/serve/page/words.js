// The texts of the page in its languages, by key.

const english = {
  title: "Draw a digit",
  draw: "Your drawing",
  result: "What the network reads",
  skip: "Skip to the result",
  hint: "Draw here with a finger, a pen or the mouse",
  pad: "Drawing area",
  keys: "Keyboard: the arrow keys move the pen (with Shift in larger steps), Space puts it down or lifts it, Backspace undoes a stroke, Delete clears.",
  help: "Help",
  clear: "Clear",
  undo: "Undo",
  open: "Open a picture",
  paste: "You can also drop a picture on this page or paste one. Pictures stay with the program that serves this page.",
  language: "中文",
  doubts: "Why this may be wrong",
  seen: "28 × 28 pixels, as the network sees it",
  seenLabel: "Image of 28 by 28 pixels that the network sees",
  bars: "Probability of each class",
  about: (m) => `${m.networks} · ${m.parameters} parameters${m.accuracy ? ` · ${m.accuracy} % of the test images right` : ""}`,
  spoken: (label, percent) => percent ? `${label}, ${percent}` : label,
  empty: "Nothing is drawn",
  blank: "Nothing stands out from the background.",
  no_picture: "This is not a PNG, JPEG or GIF picture that can be read.",
  unknown_type: "This is not a PNG, JPEG or GIF picture.",
  picture_too_large: "The picture has too many pixels.",
  body_too_large: "The file is too large.",
  no_token: "The address of this page lacks its token. Open the address that the program printed.",
  busy: "The server is busy. Try again in a moment.",
  unreachable: "The server does not answer. Does the program still run?",
  failed: (message) => `The server reports: ${message}`,
  doubtUnsure: (label, percent) => `${label} has a probability of only ${percent} %`,
};

const chinese = {
  title: "写一个数字",
  draw: "你写的字",
  result: "网络认出的结果",
  skip: "跳到结果",
  hint: "用手指、手写笔或鼠标在这里写",
  pad: "书写区",
  keys: "键盘：方向键移动笔尖（按住 Shift 步子更大），空格键落笔或提笔，退格键撤销一笔，Delete 键清空。",
  help: "帮助",
  clear: "清空",
  undo: "撤销",
  open: "打开图片",
  paste: "也可以把图片拖到页面上，或者直接粘贴。图片只交给提供本页面的程序，不会传到别处。",
  language: "English",
  doubts: "结果可能不对的原因",
  seen: "网络看到的 28 × 28 像素",
  seenLabel: "网络看到的 28 乘 28 像素图像",
  bars: "各类别的概率",
  about: (m) => `${m.networks} · ${m.parameters} 个参数${m.accuracy ? ` · 测试图像认对 ${m.accuracy} %` : ""}`,
  spoken: (label, percent) => percent ? `${label}，${percent}` : label,
  empty: "还没有写字",
  blank: "图片里没有能与背景区分开的笔迹。",
  no_picture: "这个文件读不出来，请换一张 PNG、JPEG 或 GIF 图片。",
  unknown_type: "这不是 PNG、JPEG 或 GIF 图片。",
  picture_too_large: "图片的像素太多。",
  body_too_large: "文件太大。",
  no_token: "网址里缺少令牌，请打开程序打印出来的完整网址。",
  busy: "服务器正忙，请稍后再试。",
  unreachable: "服务器没有回应，程序还在运行吗？",
  failed: (message) => `服务器报告：${message}`,
  doubtUnsure: (label, percent) => `${label} 的概率只有 ${percent} %`,
  "it reaches the border of the picture": "笔迹碰到了图片边缘",
  "other marks were left out": "忽略了其他痕迹",
  "there are only straight lines": "只有直线",
};

let words = english;

// setLanguage chooses the language of t: "zh" or "en".
export function setLanguage(code) {
  words = code === "zh" ? chinese : english;
}

// t returns the text of a key. A text with values is a function of them. It returns the key
// itself if there is no text.
export function t(key, ...values) {
  const text = words[key] ?? key;
  return typeof text === "function" ? text(...values) : text;
}

// has reports whether a key has a text.
export function has(key) {
  return key in english;
}

// doubt returns a doubt of the server in the language of the page.
export function doubt(text) {
  const unsure = /^(.+) has a probability of only (\d+) %$/u.exec(text);
  return unsure ? t("doubtUnsure", unsure[1], unsure[2]) : t(text);
}
