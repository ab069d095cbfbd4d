{
  # For tools that expect node-gyp. CMakeLists.txt is the only description of the build.
  "targets": [
    {
      "target_name": "snakepit",
      "type": "none",
      "actions": [
        {
          "action_name": "cmake",
          "inputs": ["<(module_root_dir)/CMakeLists.txt"],
          "outputs": ["<(module_root_dir)/build/Release/snakepit.node"],
          "action": ["node", "scripts/build-native.mjs"]
        }
      ]
    }
  ]
}
